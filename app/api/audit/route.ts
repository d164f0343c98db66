import { auditPage, auditQuery } from "@/lib/contracts/audit";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { listAudit } from "@/lib/server/services/audit/list";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/audit", {
  GET: route({
    auth: "session",
    query: auditQuery,
    output: auditPage,
    run: (ctx, { query }) => listAudit(ctx, query),
  }),
});
