import { sessionList } from "@/lib/contracts/sessions";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { listSessions } from "@/lib/server/services/sessions/list";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/sessions", {
  GET: route({ auth: "session", output: sessionList, run: (ctx) => listSessions(ctx) }),
});
