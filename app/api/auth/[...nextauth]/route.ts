import { authRoutes } from "@/lib/server/http/auth-routes";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = authRoutes;
