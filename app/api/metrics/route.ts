import { metricsRoutes } from "@/lib/server/http/metrics";
import { readMetrics } from "@/lib/server/services/health/metrics";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = metricsRoutes("/api/metrics", readMetrics);
