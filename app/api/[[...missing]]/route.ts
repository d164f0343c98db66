import { defineMissing } from "@/lib/server/http/define-routes";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineMissing("/api/[[...missing]]");
