import "server-only";
import { type Kysely, sql } from "kysely";

/*
 * What somebody asked for by itself goes before what was asked for many at a time: an urgency is the place of its priority
 * among six (`portal/priority.ts`), where it was one of three. What is over has none any more.
 */

export async function up(db: Kysely<unknown>): Promise<void> {
  const isMany = sql`operation_id in (select id from operations where kind = 'revoke' and request like '%"bulk":true%')`;
  await sql`update operation_items set urgency = case
      when urgency = 2 then 5
      when urgency = 1 and ${isMany} and "position" >= 100 then 4
      when urgency = 1 and ${isMany} then 3
      when urgency = 1 then 2
      when ${isMany} then 1
      else 0 end
    where kind = 'revoke' and next_try_at is not null`.execute(db);
}
