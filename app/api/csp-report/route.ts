import { cspReportRoute } from "@/lib/server/http/csp-report";
import { defineRoutes } from "@/lib/server/http/define-routes";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes({ POST: cspReportRoute });
