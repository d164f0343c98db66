import { othersEnded } from "@/lib/contracts/sessions";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { endOtherSessions } from "@/lib/server/services/sessions/end-others";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/sessions/end-others", {
  POST: route({ auth: "session", output: othersEnded, run: (ctx) => endOtherSessions(ctx) }),
});
