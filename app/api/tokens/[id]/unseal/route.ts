import { token } from "@/lib/contracts/tokens";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { tokenParams } from "@/lib/server/http/params";
import { route } from "@/lib/server/http/route";
import { unsealToken } from "@/lib/server/services/tokens/unseal";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/tokens/[id]/unseal", {
  POST: route({
    auth: "session",
    params: tokenParams,
    output: token,
    run: (ctx, { params }) => unsealToken(ctx, params),
  }),
});
