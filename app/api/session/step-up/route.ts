import { stepUpAnswer, stepUpInput } from "@/lib/contracts/sessions";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { stepUp } from "@/lib/server/services/sessions/step-up";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/session/step-up", {
  POST: route({
    auth: "session",
    unjudged: true,
    body: stepUpInput,
    output: stepUpAnswer,
    run: (ctx, { body }) => stepUp(ctx, body),
  }),
});
