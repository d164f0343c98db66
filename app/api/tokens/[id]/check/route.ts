import { checkAnswer } from "@/lib/contracts/tokens";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { tokenParams } from "@/lib/server/http/params";
import { route } from "@/lib/server/http/route";
import { checkToken } from "@/lib/server/services/tokens/check";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/tokens/[id]/check", {
  POST: route({
    auth: "session",
    // Each asks the portal: one person must not use up what it lets everybody have.
    perMinute: 20,
    params: tokenParams,
    output: checkAnswer,
    run: (ctx, { params }) => checkToken(ctx, params),
  }),
});
