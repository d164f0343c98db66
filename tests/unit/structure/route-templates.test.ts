import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { routeFolders } from "../../support/api-routes";

/** The templates that a route's file says; next-auth's own stands with its routes. */
const templatesIn = (text: string): string[] =>
  [...text.matchAll(/"(\/api\/[^"]*)"/g)].map(([, path = ""]) => path);

// Requests are counted by it: under another path's name a slow route hides behind a fast one.
test("each route is counted under the template of its own folder", () => {
  const folders = routeFolders();
  expect(folders.length).toBeGreaterThan(20);
  const others = folders.flatMap((path) => {
    const files =
      path === "/api/auth/[...nextauth]" ? "lib/server/http/auth-routes.ts" : join("app", path, "route.ts");
    const templates = templatesIn(readFileSync(files, "utf8"));
    return templates.length === 1 && templates[0] === path ? [] : [`${path}: ${templates.join(", ")}`];
  });
  expect(others).toEqual([]);
});

test("another one's would be found", () => {
  expect(templatesIn('defineRoutes("/api/tokens", { GET: route({}) })')).toEqual(["/api/tokens"]);
});
