import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { signedOutHeaders } from "@/lib/server/http/signed-out";
import { signOut } from "@/lib/server/services/sessions/sign-out";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/session/sign-out", {
  POST: route({ auth: "session", unjudged: true, headers: signedOutHeaders, run: (ctx) => signOut(ctx) }),
});
