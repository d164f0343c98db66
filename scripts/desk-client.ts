/*
 * A caller of the desk's API without a browser: it keeps cookies, and says of its requests what a browser would say
 * of our own pages'. For the demo and the tests.
 */

export type DeskAnswer = {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; undefined where it is none. */
  body: unknown;
};

export type DeskRequest = {
  method?: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is; its type goes into `headers`. */
  raw?: RequestInit["body"];
};

export type Credentials =
  | { portal: string; username: string; password: string }
  | { portal: string; apiToken: string };

export class DeskClient {
  readonly cookies = new Map<string, string>();

  /** @param call what sends a request in the place of `fetch`: with a certificate that only a test trusts, say. */
  constructor(
    readonly baseUrl: string,
    readonly call: typeof fetch = fetch,
  ) {}

  async send(
    path: string,
    { method = "GET", headers = {}, json, raw }: DeskRequest = {},
  ): Promise<DeskAnswer> {
    const response = await this.call(this.baseUrl + path, {
      method,
      redirect: "manual",
      headers: {
        ...(this.cookies.size > 0 ? { Cookie: this.cookieHeader() } : {}),
        "Sec-Fetch-Site": "same-origin",
        ...(json === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: json === undefined ? raw : JSON.stringify(json),
    });
    this.#keep(response.headers.getSetCookie());
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      // Read when it is asked for: whoever measures an answer must not measure its reading too.
      get body() {
        return parse(text);
      },
    };
  }

  get = (path: string): Promise<DeskAnswer> => this.send(path);
  post = (path: string, json?: unknown, headers?: Record<string, string>): Promise<DeskAnswer> =>
    this.send(path, { method: "POST", json, headers });
  patch = (path: string, json: unknown): Promise<DeskAnswer> => this.send(path, { method: "PATCH", json });
  delete = (path: string, json?: unknown): Promise<DeskAnswer> => this.send(path, { method: "DELETE", json });

  /** Signs in as the sign-in page does: next-auth's csrf token, then its callback. */
  async signIn(credentials: Credentials, headers: Record<string, string> = {}): Promise<DeskAnswer> {
    const { body } = await this.get("/api/auth/csrf");
    const { csrfToken } = body as { csrfToken: string };
    const raw = new URLSearchParams({ csrfToken, json: "true", ...credentials });
    return this.send("/api/auth/callback/portal", { method: "POST", raw, headers });
  }

  cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  #keep(lines: string[]): void {
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split(";");
      const at = pair.indexOf("=");
      const name = pair.slice(0, at);
      if (attributes.some((attribute) => /^\s*max-age=0\s*$/i.test(attribute))) this.cookies.delete(name);
      else this.cookies.set(name, pair.slice(at + 1));
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
