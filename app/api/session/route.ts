import { session } from "@/lib/contracts/sessions";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { describeSession } from "@/lib/server/services/sessions/describe";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/session", {
  GET: route({ auth: "session", unjudged: true, output: session, run: (ctx) => describeSession(ctx) }),
});
