import { patchTokenInput, revokeAnswer, revokeInput, token } from "@/lib/contracts/tokens";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { tokenParams } from "@/lib/server/http/params";
import { route } from "@/lib/server/http/route";
import { getToken } from "@/lib/server/services/tokens/get";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeToken } from "@/lib/server/services/tokens/revoke";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/tokens/[id]", {
  GET: route({
    auth: "session",
    params: tokenParams,
    output: token,
    run: (ctx, { params }) => getToken(ctx, params),
  }),
  PATCH: route({
    auth: "session",
    params: tokenParams,
    body: patchTokenInput,
    output: token,
    run: (ctx, { params, body }) => patchToken(ctx, { id: params.id, patch: body }),
  }),
  DELETE: route({
    auth: "session",
    // The portal judges who asks, once it can be asked.
    unjudged: true,
    // Of its own: nothing else that a person does keeps a token from being revoked.
    perMinute: 300,
    params: tokenParams,
    body: revokeInput,
    output: revokeAnswer,
    status: ({ state }) => (state === "revoked" ? 200 : 202),
    run: (ctx, { params, body }) => revokeToken(ctx, { ...body, id: params.id }),
  }),
});
