import "server-only";
import canonicalize from "canonicalize";
import { z } from "zod";
import { instantOf } from "../../clock";
import type { AuditBody, AuditLink } from "../../store/audit";

/** Numbers and hashes as a line has them; whatever else stands there is the entry's body. */
const line = z.looseObject({
  seq: z.int().positive(),
  at: z.iso.datetime(),
  prev: z.string(),
  hash: z.string(),
  actor: z.looseObject({}),
  action: z.string(),
  result: z.string(),
});

/** An entry as a line of an export: as the API tells it, with all that its hash is over besides. */
export function exportLine({ seq, prev, hash, body }: AuditLink): string {
  const said: AuditBody = JSON.parse(body);
  return JSON.stringify({ seq, ...said, at: instantOf(said.at), prev, hash });
}

/** What `exportLine` wrote; undefined where the text is no such line. */
export function readExportLine(text: string): { link: AuditLink; body: AuditBody } | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = line.safeParse(json);
  if (!parsed.success) return undefined;
  const { seq, prev, hash, at, ...said } = parsed.data;
  const body = { ...said, at: Date.parse(at) } as unknown as AuditBody;
  return { link: { seq, prev, hash, body: canonicalize(body) ?? "" }, body };
}
