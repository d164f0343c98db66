import { copyAnswer, copyInput } from "@/lib/contracts/tokens";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { tokenParams } from "@/lib/server/http/params";
import { route } from "@/lib/server/http/route";
import { copyToken } from "@/lib/server/services/tokens/copy";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/tokens/[id]/copy", {
  POST: route({
    auth: "session",
    params: tokenParams,
    body: copyInput,
    output: copyAnswer,
    run: (ctx, { params, body }) => copyToken(ctx, { id: params.id, as: body.as }),
  }),
});
