import { operation } from "@/lib/contracts/tokens";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { idParams } from "@/lib/server/http/params";
import { route } from "@/lib/server/http/route";
import { retryOperation } from "@/lib/server/services/operations/retry";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/operations/[id]/retry", {
  POST: route({
    auth: "session",
    // It writes as many records, and entries of the trail, as it is about; others wait for it.
    perMinute: 30,
    params: idParams,
    output: operation,
    run: (ctx, { params }) => retryOperation(ctx, params),
  }),
});
