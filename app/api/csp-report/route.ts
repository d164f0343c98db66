import { cspReportRoute } from "@/lib/server/http/csp-report";
import { defineRoutes } from "@/lib/server/http/define-routes";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/csp-report", {
  POST: cspReportRoute,
});
