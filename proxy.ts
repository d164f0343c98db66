import { type NextRequest, NextResponse } from "next/server";
import { documentHeaders, documentPolicy } from "@/lib/shared/security-headers";

/*
 * Before a document is rendered: its nonce and its policy. Nothing about who may see what is decided here (a page
 * asks `readSession`, a route its own pipeline), so the desk without this file would lose headers, not secrets.
 * It must not throw: a document without a policy is worse than none.
 */

export function proxy(request: NextRequest): NextResponse {
  try {
    return withNonce(request);
  } catch {
    return new NextResponse(null, {
      status: 500,
      headers: { "Content-Security-Policy": "default-src 'none'" },
    });
  }
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
