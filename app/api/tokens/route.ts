import { mintAnswer, mintInput, tokenList, tokenListQuery } from "@/lib/contracts/tokens";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/tokens", {
  GET: route({
    auth: "session",
    lists: true,
    query: tokenListQuery,
    output: tokenList,
    run: (ctx, { query }) => listTokens(ctx, query),
  }),
  POST: route({
    auth: "session",
    body: mintInput,
    output: mintAnswer,
    status: ({ items }) => (items ? 201 : 202),
    run: (ctx, { body, header }) =>
      mintTokens(ctx, { input: body, idempotencyKey: header("idempotency-key") ?? null }),
  }),
});
