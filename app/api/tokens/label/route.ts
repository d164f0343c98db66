import { labelTokensAnswer, labelTokensInput } from "@/lib/contracts/label-tokens";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { labelTokens } from "@/lib/server/services/tokens/label-many";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/tokens/label", {
  POST: route({
    auth: "session",
    body: labelTokensInput,
    output: labelTokensAnswer,
    // It writes as many records, and entries of the trail, as are selected; others wait for it.
    perMinute: 30,
    run: (ctx, { body }) => labelTokens(ctx, body),
  }),
});
