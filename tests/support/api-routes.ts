import { readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export const methods: Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** A path of our API: which methods it has, and whether a session is needed for them. */
export type ApiRoute = { path: string; methods: Method[]; session: boolean };

const route =
  (session: boolean) =>
  (path: string, ...allowed: Method[]): ApiRoute => ({
    path,
    methods: allowed,
    session,
  });
const open = route(false);
const closed = route(true);

/** Every path but those of `/api/auth`, which has its own tests. A test holds this list against the folder. */
export const apiRoutes: ApiRoute[] = [
  open("/api/csp-report", "POST"),
  open("/api/health/live", "GET"),
  open("/api/health/ready", "GET"),
  open("/api/metrics", "GET"),
  open("/api/portals", "GET"),
  closed("/api/audit", "GET"),
  closed("/api/audit/export", "GET"),
  closed("/api/audit/verify", "GET"),
  closed("/api/connections", "POST"),
  closed("/api/connections/[id]", "DELETE"),
  closed("/api/operations/[id]", "GET"),
  closed("/api/operations/[id]/retry", "POST"),
  closed("/api/session", "GET"),
  closed("/api/session/sign-out", "POST"),
  closed("/api/session/step-up", "POST"),
  closed("/api/sessions", "GET"),
  closed("/api/sessions/[id]", "DELETE"),
  closed("/api/sessions/end-others", "POST"),
  closed("/api/tokens", "GET", "POST"),
  closed("/api/tokens/[id]", "GET", "PATCH", "DELETE"),
  closed("/api/tokens/[id]/check", "POST"),
  closed("/api/tokens/[id]/copy", "POST"),
  closed("/api/tokens/[id]/unseal", "POST"),
  closed("/api/tokens/identify", "POST"),
  closed("/api/tokens/label", "POST"),
  closed("/api/tokens/revoke", "POST"),
  closed("/api/tokens/revoke-by-value", "POST"),
  closed("/api/users", "GET"),
];

/** The path with an id of the right form in the place of `[id]`, that nobody has. */
export function concrete({ path }: ApiRoute): string {
  const id = `${path.startsWith("/api/tokens") ? "tok" : "con"}_${"a".repeat(26)}`;
  return path.replace("[id]", id);
}

/** Every pair of a path and a method that it has. */
export const calls = apiRoutes.flatMap((one) =>
  one.methods.map((method) => ({ ...one, method, path: concrete(one) })),
);

/** The paths that there are files for. */
export function routeFolders(): string[] {
  const api = resolve(import.meta.dirname, "../../app/api");
  return readdirSync(api, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("route.ts"))
    .map((file) => `/api/${relative(api, join(api, file)).replace(/\/?route\.ts$/, "")}`)
    .sort();
}
