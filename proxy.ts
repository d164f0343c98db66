import { type NextRequest, NextResponse } from "next/server";
import { documentHeaders, documentPolicy } from "@/lib/shared/security-headers";

/*
 * Before a document is rendered: its nonce and its policy. Nothing about who may see what is decided here (a page
 * asks `readSession`, a route its own pipeline), so the desk without this file would lose headers, not secrets.
 * It must not throw: a document without a policy is worse than none.
 */

export function proxy(request: NextRequest): NextResponse {
  try {
    return refuseMethod(request) ?? withNonce(request);
  } catch {
    return new NextResponse(null, {
      status: 500,
      headers: { "Content-Security-Policy": "default-src 'none'" },
    });
  }
}

/**
 * Pages are read, and nothing else; Next would render them for any method. The sign-in form, sent before its script ran,
 * is led back to itself.
 */
function refuseMethod({ method, nextUrl, headers }: NextRequest): NextResponse | undefined {
  if (method === "GET" || method === "HEAD") return undefined;
  const isForm = method === "POST" && nextUrl.pathname === "/sign-in" && !headers.has("next-action");
  if (isForm) {
    const location = `${process.env.NEXTAUTH_URL ?? nextUrl.origin}/sign-in${nextUrl.search}`;
    return new NextResponse(null, { status: 303, headers: { Location: location } });
  }
  return new NextResponse(null, { status: 405, headers: { Allow: "GET, HEAD" } });
}

/** A fresh nonce: in the request for Next and the layout, replacing whatever the client sent, and in the answer. */
function withNonce(request: NextRequest): NextResponse {
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const surroundings = {
    development: process.env.NODE_ENV === "development",
    // Set at boot from TOKENDESK_URL, before the first request is let in.
    https: process.env.NEXTAUTH_URL?.startsWith("https:"),
  };
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("Content-Security-Policy", documentPolicy(nonce, surroundings));
  headers.delete("Content-Security-Policy-Report-Only");

  const response = NextResponse.next({ request: { headers } });
  for (const [name, value] of Object.entries(documentHeaders(nonce, surroundings)))
    response.headers.set(name, value);
  return response;
}

export const config = { matcher: ["/((?!api$|api/|_next/static/).*)"] };
