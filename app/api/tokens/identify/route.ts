import { identifyAnswer, identifyInput } from "@/lib/contracts/tokens";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { identifyToken } from "@/lib/server/services/tokens/identify";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/tokens/identify", {
  POST: route({
    auth: "session",
    body: identifyInput,
    output: identifyAnswer,
    run: (ctx, { body }) => identifyToken(ctx, body),
  }),
});
