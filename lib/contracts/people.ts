import { z } from "zod";

export const person = z.strictObject({
  connectionId: z.string(),
  portal: z.string(),
  userId: z.string(),
  userName: z.string(),
  fullName: z.string().optional(),
  enabled: z.boolean(),
  roles: z.array(z.string()),
  parentId: z.string().optional(),
});
export const peopleList = z.strictObject({ items: z.array(person) });
export type Person = z.infer<typeof person>;
export type PeopleList = z.infer<typeof peopleList>;
