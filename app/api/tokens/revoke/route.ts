import { bulkRevokeInput, operationStarted } from "@/lib/contracts/tokens";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/tokens/revoke", {
  POST: route({
    auth: "session",
    // It writes as many records, and entries of the trail, as it is about; others wait for it.
    perMinute: 30,
    // The portal judges who asks, once it can be asked.
    unjudged: true,
    body: bulkRevokeInput,
    output: operationStarted,
    status: 202,
    run: (ctx, { body }) => revokeTokens(ctx, body),
  }),
});
