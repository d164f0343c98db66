import { defineRoutes } from "@/lib/server/http/define-routes";
import { idParams } from "@/lib/server/http/params";
import { route } from "@/lib/server/http/route";
import { endSessionById } from "@/lib/server/services/sessions/end";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/sessions/[id]", {
  DELETE: route({ auth: "session", params: idParams, run: (ctx, { params }) => endSessionById(ctx, params) }),
});
