import { operation } from "@/lib/contracts/tokens";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { idParams } from "@/lib/server/http/params";
import { route } from "@/lib/server/http/route";
import { getOperation } from "@/lib/server/services/operations/get";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/operations/[id]", {
  GET: route({
    auth: "session",
    params: idParams,
    output: operation,
    run: (ctx, { params }) => getOperation(ctx, params),
  }),
});
