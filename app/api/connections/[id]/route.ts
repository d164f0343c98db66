import { defineRoutes } from "@/lib/server/http/define-routes";
import { idParams } from "@/lib/server/http/params";
import { route } from "@/lib/server/http/route";
import { disconnect } from "@/lib/server/services/connections/disconnect";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/connections/[id]", {
  DELETE: route({
    auth: "session",
    unjudged: true,
    params: idParams,
    run: (ctx, { params }) => disconnect(ctx, params),
  }),
});
