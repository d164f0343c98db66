import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import type { DeskAnswer, DeskClient, DeskRequest } from "../../../scripts/desk-client";
import { metricsToken, type Role, roles, type Stage, sessionOf } from "./stage";

/*
 * Who may do what, as a table: every call of the API and every page, asked by everybody for something of one person's.
 * `shows` are those in whose answer the thing may be found; it is looked for in all the others'.
 */

type Expected = Record<Role, number>;
type Asked = DeskRequest & {
  path: string;
  /** Where it is not the role's usual session. */
  client?: DeskClient;
  /** What only some may find in their answer. */
  wanted?: string;
};
export type Row = {
  /** As in the list of routes: `PATCH /api/tokens/[id]`; for a page `PAGE /tokens`. */
  call: string;
  expected: Expected;
  shows?: Role[];
  ask(stage: Stage, role: Role): Promise<Asked> | Asked;
};

const each = (status: number, except: Partial<Expected> = {}): Expected => ({
  ...(Object.fromEntries(roles.map((role) => [role, status])) as Expected),
  ...except,
});
const signedIn = (status: number) => each(status, { anonymous: 401 });
/** What belongs to one person: to all others it does not exist, but for what a lead may do. */
const owners = (status: number, lead = 404) => each(404, { anonymous: 401, owner: status, lead });

const reason = { reason: "compromised" };
const token = async (stage: Stage, end = "") => `/api/tokens/${(await stage.mint()).id}${end}`;

/** Every call of the API. */
export const apiRows: Row[] = [
  {
    call: "POST /api/csp-report",
    expected: each(204),
    ask: () => ({ path: "/api/csp-report", method: "POST", json: [] }),
  },
  { call: "GET /api/health/live", expected: each(200), ask: () => ({ path: "/api/health/live" }) },
  { call: "GET /api/health/ready", expected: each(200), ask: () => ({ path: "/api/health/ready" }) },
  {
    // Nobody's session opens it, and none is asked for: the token alone does.
    call: "GET /api/metrics",
    expected: each(200),
    ask: () => ({ path: "/api/metrics", headers: { Authorization: `Bearer ${metricsToken}` } }),
  },
  { call: "GET /api/portals", expected: each(200), ask: () => ({ path: "/api/portals" }) },
  {
    call: "GET /api/audit",
    expected: signedIn(200),
    shows: ["owner", "lead", "admin"],
    async ask(stage) {
      const { id } = await stage.mint();
      return { path: `/api/audit?token=${id}`, wanted: id };
    },
  },
  {
    call: "GET /api/audit/export",
    expected: signedIn(200),
    shows: ["owner", "lead", "admin"],
    async ask(stage) {
      const { id } = await stage.mint();
      return { path: `/api/audit/export?format=csv&token=${id}`, wanted: id };
    },
  },
  { call: "GET /api/audit/verify", expected: signedIn(200), ask: () => ({ path: "/api/audit/verify" }) },
  {
    // Whoever knows a portal user's password may connect that user, as they may sign in.
    call: "POST /api/connections",
    expected: signedIn(201),
    async ask({ desk, fresh }, role) {
      const { userName: username, password } = desk.simulator.seed.user("apiDialer");
      const json = { portal: "sim", username, password };
      return { path: "/api/connections", method: "POST", json, client: await fresh(role) };
    },
  },
  {
    call: "DELETE /api/connections/[id]",
    expected: owners(204),
    async ask({ fresh }, role) {
      const victim = await fresh("owner");
      const { connections } = (await victim.get("/api/session")).body as { connections: [{ id: string }] };
      const client = role === "owner" ? victim : undefined;
      return { path: `/api/connections/${connections[0].id}`, method: "DELETE", client };
    },
  },
  {
    call: "GET /api/operations/[id]",
    expected: owners(200),
    ask: async (stage) => ({ path: `/api/operations/${(await stage.mint()).operationId}` }),
  },
  {
    call: "POST /api/operations/[id]/retry",
    expected: owners(200),
    ask: async (stage) => ({
      path: `/api/operations/${(await stage.mint()).operationId}/retry`,
      method: "POST",
    }),
  },
  {
    call: "GET /api/session",
    expected: signedIn(200),
    shows: ["owner"],
    ask: ({ connectionId }) => ({ path: "/api/session", wanted: connectionId }),
  },
  {
    call: "POST /api/session/sign-out",
    expected: signedIn(204),
    ask: async ({ fresh }, role) => ({
      path: "/api/session/sign-out",
      method: "POST",
      client: await fresh(role),
    }),
  },
  {
    // Even with the right password: a proof counts in the session that the connection is of.
    call: "POST /api/session/step-up",
    expected: owners(200),
    ask: ({ connectionId, ownerPassword: password }) => ({
      path: "/api/session/step-up",
      method: "POST",
      json: { connectionId, password },
    }),
  },
  {
    call: "GET /api/sessions",
    expected: signedIn(200),
    shows: ["owner", "admin"],
    ask: ({ sessionId }) => ({ path: "/api/sessions", wanted: sessionId }),
  },
  {
    // A lead may revoke their people's tokens; that is no right to throw them out.
    call: "DELETE /api/sessions/[id]",
    expected: { ...owners(204), admin: 204 },
    ask: async ({ fresh }) => ({
      path: `/api/sessions/${await sessionOf(await fresh("owner"))}`,
      method: "DELETE",
    }),
  },
  {
    call: "POST /api/sessions/end-others",
    expected: signedIn(200),
    ask: () => ({ path: "/api/sessions/end-others", method: "POST" }),
  },
  {
    call: "GET /api/tokens",
    expected: signedIn(200),
    shows: ["owner", "lead"],
    ask: async (stage) => ({ path: "/api/tokens?status=all", wanted: (await stage.mint()).id }),
  },
  {
    call: "POST /api/tokens",
    expected: owners(201),
    ask: ({ connectionId }, role) => ({
      path: "/api/tokens",
      method: "POST",
      json: { connectionId, label: `By ${role}` },
      headers: { "Idempotency-Key": `minted-by-${role}` },
    }),
  },
  {
    call: "GET /api/tokens/[id]",
    expected: owners(200, 200),
    ask: async (stage) => ({ path: await token(stage) }),
  },
  {
    call: "PATCH /api/tokens/[id]",
    expected: owners(200, 403),
    ask: async (stage) => ({ path: await token(stage), method: "PATCH", json: { label: "Mine now" } }),
  },
  {
    call: "DELETE /api/tokens/[id]",
    expected: owners(200, 200),
    ask: async (stage) => ({ path: await token(stage), method: "DELETE", json: reason }),
  },
  {
    call: "POST /api/tokens/[id]/check",
    expected: owners(200, 403),
    ask: async (stage) => ({ path: await token(stage, "/check"), method: "POST" }),
  },
  {
    call: "POST /api/tokens/[id]/copy",
    expected: owners(200, 403),
    shows: ["owner"],
    async ask(stage) {
      const { id, value: wanted } = await stage.mint();
      return { path: `/api/tokens/${id}/copy`, method: "POST", json: { as: "curl" }, wanted };
    },
  },
  {
    call: "POST /api/tokens/[id]/unseal",
    expected: owners(200, 403),
    ask: async (stage) => ({ path: await token(stage, "/unseal"), method: "POST" }),
  },
  {
    call: "POST /api/tokens/identify",
    expected: signedIn(200),
    shows: ["owner", "lead"],
    async ask(stage) {
      const { id: wanted, value } = await stage.mint();
      return { path: "/api/tokens/identify", method: "POST", json: { token: value }, wanted };
    },
  },
  {
    call: "POST /api/tokens/label",
    expected: owners(200, 403),
    ask: async (stage) => ({
      path: "/api/tokens/label",
      method: "POST",
      json: { ids: [(await stage.mint()).id], environment: "staging" },
    }),
  },
  {
    call: "POST /api/tokens/revoke",
    expected: owners(202, 202),
    ask: async (stage) => ({
      path: "/api/tokens/revoke",
      method: "POST",
      json: { ids: [(await stage.mint()).id], ...reason },
    }),
  },
  {
    // A pasted value proves nothing: the portal decides whether this person may delete it.
    call: "POST /api/tokens/revoke-by-value",
    expected: { ...each(403), anonymous: 401, owner: 200, lead: 200 },
    ask: async (stage) => ({
      path: "/api/tokens/revoke-by-value",
      method: "POST",
      json: { portal: "sim", token: (await stage.mint()).value, ...reason },
    }),
  },
  {
    call: "GET /api/users",
    expected: signedIn(200),
    shows: ["lead"],
    ask: ({ ownerName }) => ({ path: "/api/users", wanted: ownerName }),
  },
];

const page = (status: number) => each(status, { anonymous: 307 });

/** Every page. */
export const pageRows: Row[] = [
  { call: "PAGE /", expected: each(307), ask: () => ({ path: "/" }) },
  {
    call: "PAGE /sign-in",
    expected: each(307, { anonymous: 200 }),
    ask: () => ({ path: "/sign-in" }),
  },
  {
    call: "PAGE /tokens",
    expected: page(200),
    shows: ["owner", "lead"],
    ask: async (stage) => ({ path: "/tokens", wanted: (await stage.mint()).id }),
  },
  {
    call: "PAGE /tokens/[id]",
    expected: { ...page(404), owner: 200, lead: 200 },
    shows: ["owner", "lead"],
    async ask(stage) {
      const label = `Label ${Math.random().toString(36).slice(2)}`;
      return { path: `/tokens/${(await stage.mint(label)).id}`, wanted: label };
    },
  },
  {
    call: "PAGE /audit",
    expected: page(200),
    shows: ["owner", "lead", "admin"],
    ask: async (stage) => ({ path: "/audit", wanted: (await stage.mint()).id }),
  },
  {
    call: "PAGE /connections",
    expected: page(200),
    shows: ["owner"],
    ask: ({ connectionId }) => ({ path: "/connections", wanted: connectionId }),
  },
  {
    call: "PAGE /sessions",
    expected: page(200),
    shows: ["owner", "admin"],
    ask: ({ sessionId }) => ({ path: "/sessions", wanted: sessionId }),
  },
];

/** The pages that there are files for, as rows call them. */
export function pageFolders(): string[] {
  const app = resolve(import.meta.dirname, "../../../app");
  return readdirSync(app, { recursive: true, encoding: "utf8" })
    .filter((file) => /(^|\/)page\.tsx$/.test(file))
    .map((file) => `PAGE /${file.replace(/\([^)]*\)\//g, "").replace(/\/?page\.tsx$/, "")}`);
}

export type Outcome = DeskAnswer & { call: string; role: Role; path: string; wanted?: string };

/** Asks one thing as everybody, each for a thing of its own. */
export async function askAll(stage: Stage, row: Row): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const role of roles) {
    const { path, client = stage.people[role], wanted, ...request } = await row.ask(stage, role);
    const answer = await client.send(path, request);
    outcomes.push({ call: row.call, role, path, wanted, ...answer, body: answer.body });
  }
  return outcomes;
}

/** What came of it, in the form of the row's own expectation. */
export const statuses = (outcomes: Outcome[]): Expected =>
  Object.fromEntries(outcomes.map(({ role, status }) => [role, status])) as Expected;

/** Who found in their answer what the row is about; undefined where it is about nothing in particular. */
export const seenBy = (outcomes: Outcome[]): Role[] =>
  outcomes
    .filter(({ wanted, text }) => wanted !== undefined && text.includes(wanted))
    .map(({ role }) => role);
