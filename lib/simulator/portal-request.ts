import type { IncomingMessage } from "node:http";
import type { CallEntry } from "./call-log";
import type { EndpointName } from "./fault-rules";
import { fingerprint } from "./secrets";

/** A call as the portal's handlers see it, nothing of HTTP left but names and values. */
export interface PortalRequest {
  method: string;
  endpoint: EndpointName;
  /** True when the path exists and the method does not. */
  wrongMethod: boolean;
  /** The path without its query, as it came. */
  requestUri: string;
  /** The path for the log, secrets masked. */
  maskedUri: string;
  query: URLSearchParams;
  form: URLSearchParams;
  contentType: string | null;
  requestBytes: number;
  credential: string | null;
  credentialIn: CallEntry["credentialIn"];
  /** The token in a delete's path, decoded. */
  token: string | null;
  /** The user in a children call's path. */
  userId: number | null;
  /** Scheme and host that the client used. */
  origin: string;
}

interface Route {
  endpoint: EndpointName;
  method: string;
  pattern: RegExp;
}

const routes: Route[] = [
  { endpoint: "login", method: "POST", pattern: /^\/v1\/auth\/login$/ },
  { endpoint: "is-valid", method: "GET", pattern: /^\/v1\/auth\/isTokenValid$/ },
  { endpoint: "who", method: "GET", pattern: /^\/v1\/admin\/auth$/ },
  { endpoint: "mint", method: "POST", pattern: /^\/v1\/admin\/token$/ },
  { endpoint: "list", method: "GET", pattern: /^\/v1\/admin\/token$/ },
  { endpoint: "revoke", method: "DELETE", pattern: /^\/v1\/admin\/token\/(?<token>[^/]+)$/ },
  { endpoint: "users", method: "GET", pattern: /^\/v1\/admin\/users$/ },
  { endpoint: "children", method: "GET", pattern: /^\/v1\/admin\/users\/(?<userId>\d{1,15})\/children$/ },
  { endpoint: "accounts", method: "GET", pattern: /^\/v1\/admin\/accounts$/ },
];

/** The vendor's client signs in below the one and calls below the other. */
const basePath = /^\/(?:voice\/)?api(?=\/)/;
const bodyLimitBytes = 256 * 1024;
const harmlessQueryKeys = new Set(["activeOnly", "flatten", "stayLoggedIn"]);

/** Reads a request whole. Resolves with null when the client goes away, throws for a body over the limit. */
export async function readPortalRequest(request: IncomingMessage): Promise<PortalRequest | null> {
  const body = await readBody(request, bodyLimitBytes);
  if (body === null) return null;
  const [rawPath = "/", rawQuery = ""] = splitOnce(request.url ?? "/", "?");
  const method = request.method ?? "GET";
  const path = basePath.test(rawPath) ? rawPath.replace(basePath, "").replace(/(?<=.)\/$/, "") : null;
  const candidates = path === null ? [] : routes.filter((route) => route.pattern.test(path));
  const route = candidates.find((candidate) => candidate.method === method);
  const groups = (path === null ? undefined : route?.pattern.exec(path)?.groups) ?? {};
  const token = groups.token === undefined ? null : decodeSegment(groups.token);
  const contentType = request.headers["content-type"] ?? null;
  const isForm = contentType?.toLowerCase().startsWith("application/x-www-form-urlencoded") === true;
  const query = new URLSearchParams(rawQuery);

  return {
    method,
    endpoint: route?.endpoint ?? "other",
    wrongMethod: route === undefined && candidates.length > 0,
    requestUri: rawPath,
    maskedUri: maskPath(rawPath) + maskQuery(query),
    query,
    form: new URLSearchParams(isForm ? body.toString("utf8") : ""),
    contentType,
    requestBytes: body.length,
    ...readCredential(request),
    token,
    userId: groups.userId === undefined ? null : Number(groups.userId),
    origin: `http://${request.headers.host ?? "127.0.0.1"}`,
  };
}

/** Reads a body of at most `limitBytes`; null when the client goes away before its end. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      size += bytes.length;
      if (size <= limitBytes) chunks.push(bytes);
    }
  } catch {
    return null;
  }
  if (size > limitBytes) throw new RangeError(`The body has ${size} bytes, more than ${limitBytes}`);
  return Buffer.concat(chunks);
}

function readCredential(request: IncomingMessage): Pick<PortalRequest, "credential" | "credentialIn"> {
  const header = request.headers["x-auth-token"];
  if (typeof header === "string" && header !== "")
    return { credential: header, credentialIn: "x-auth-token" };
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return { credential: bearer, credentialIn: "bearer" };
  return { credential: null, credentialIn: null };
}

/** What stands behind `/admin/token/` is a secret whatever its form, even where no route matches. */
function maskPath(path: string): string {
  return path.replace(/(\/token\/)([^/]+)(.*)$/i, (_all, before: string, token: string, rest: string) => {
    const more = rest === "" ? "" : "/…";
    return `${before}{${fingerprint(decodeSegment(token) ?? token)}}${more}`;
  });
}

function maskQuery(query: URLSearchParams): string {
  const parts = [...query].map(([key, value]) => `${key}=${harmlessQueryKeys.has(key) ? value : "{masked}"}`);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

function decodeSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
