import { peopleList } from "@/lib/contracts/people";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { listPeople } from "@/lib/server/services/people/list";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/users", {
  GET: route({ auth: "session", output: peopleList, run: (ctx) => listPeople(ctx) }),
});
