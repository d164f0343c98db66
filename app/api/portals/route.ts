import { portalList } from "@/lib/contracts/sessions";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { listPortals } from "@/lib/server/services/portals/list";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/portals", {
  GET: route({ auth: "none", output: portalList, run: (ctx) => listPortals(ctx) }),
});
