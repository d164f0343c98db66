import { revokeAnswer, revokeByValueInput } from "@/lib/contracts/tokens";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { revokeByValue } from "@/lib/server/services/tokens/revoke-by-value";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/tokens/revoke-by-value", {
  POST: route({
    auth: "session",
    // The portal judges who asks, once it can be asked.
    unjudged: true,
    // Of its own: nothing else that a person does keeps a token from being revoked.
    perMinute: 300,
    body: revokeByValueInput,
    output: revokeAnswer,
    status: ({ state }) => (state === "revoked" ? 200 : 202),
    run: (ctx, { body }) => revokeByValue(ctx, body),
  }),
});
