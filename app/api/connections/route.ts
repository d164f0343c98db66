import { connection, signInInput } from "@/lib/contracts/sessions";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { connect } from "@/lib/server/services/connections/connect";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/connections", {
  POST: route({
    auth: "session",
    unjudged: true,
    body: signInInput,
    output: connection,
    status: 201,
    run: (ctx, { body }) => connect(ctx, body),
  }),
});
