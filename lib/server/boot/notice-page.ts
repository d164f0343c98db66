import "server-only";
import { createHash } from "node:crypto";

/*
 * A page that the framework does not render: where the desk is not itself, or not under its own name, nothing of it would load. It
 * looks like the desk's status pages and needs nothing from anywhere, neither a script nor a font.
 */

/** A paragraph, or what else stands on such a page. */
type Part =
  | string
  | { heading: string }
  | { rows: [name: string, code: string][] }
  | { link: string; to: string };

/** A page of our own words; nothing in them is taken for HTML. */
export type Notice = { title: string; parts: Part[] };

const style = `
:root{color-scheme:light dark;--canvas:light-dark(#f8f7f4,#0d1214);--surface:light-dark(#fefdfc,#141a1c);--line:light-dark(#e4e1dc,#262d30);
--ink:light-dark(#151e21,#edf0f0);--soft:light-dark(#424b4f,#b9c1c3);--faint:light-dark(#5d666a,#939c9f);--accent:light-dark(#00606f,#4fcbd0)}
*{box-sizing:border-box}
body{margin:0;background:var(--canvas);color:var(--ink);font:15px/1.55 ui-sans-serif,system-ui,sans-serif;-webkit-text-size-adjust:100%;overflow-wrap:anywhere}
main{max-width:37rem;margin:0 auto;padding:clamp(2.5rem,11vh,7rem) 1.5rem 3rem}
svg{display:block;width:2rem;height:2rem;fill:var(--accent)}
h1{margin:1.25rem 0 .5rem;font-size:1.5rem;line-height:1.25;font-weight:600;letter-spacing:-.026em;text-wrap:balance}
h2{margin:2rem 0 .25rem;font-size:1rem;font-weight:600;letter-spacing:-.01em}
p{margin:.5rem 0;color:var(--soft);text-wrap:pretty}
dl{margin:1.25rem 0;padding:.25rem 1rem;background:var(--surface);border:1px solid var(--line);border-radius:10px}
dl>div{display:grid;grid-template-columns:7rem minmax(0,1fr);gap:1rem;padding:.6rem 0}
dl>div+div{border-top:1px solid var(--line)}
dt{color:var(--faint)}
dd{margin:0}
code{font:13px/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
a{color:var(--accent);text-underline-offset:3px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
@media(max-width:26rem){dl>div{grid-template-columns:1fr;gap:.1rem}}
`;

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The headers that are its own, and the page itself. */
export function noticePage({ title, parts }: Notice): { headers: Record<string, string>; html: string } {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)} · Tokendesk</title>
<style>${style}</style>
</head>
<body>
<main>
<svg aria-hidden="true" viewBox="0 0 24 24"><path fill-rule="evenodd" d="M12 .75a11.25 11.25 0 1 0 0 22.5 11.25 11.25 0 0 0 0-22.5ZM6.4 6.9h11.2v3.1h-3.95v7.9h-3.3V10H6.4V6.9Z"/></svg>
<h1>${escaped(title)}</h1>
${parts.map(written).join("\n")}
</main>
</body>
</html>
`;
  return {
    headers: {
      "Cache-Control": "no-store",
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy,
    },
    html,
  };
}

function written(part: Part): string {
  if (typeof part === "string") return `<p>${escaped(part)}</p>`;
  if ("heading" in part) return `<h2>${escaped(part.heading)}</h2>`;
  if ("link" in part) return `<p><a href="${escaped(part.to)}">${escaped(part.link)}</a></p>`;
  const row = ([name, code]: [string, string]) =>
    `<div><dt>${escaped(name)}</dt><dd><code>${escaped(code)}</code></dd></div>`;
  return `<dl>\n${part.rows.map(row).join("\n")}\n</dl>`;
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? "");
