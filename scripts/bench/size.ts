import { gzipSync } from "node:zlib";
import type { DeskClient } from "../desk-client";
import type { Figure } from "./figures";

/** The JavaScript that the tokens page loads before anything is pressed: every script of its document, gzipped. */
export async function benchSize(client: DeskClient): Promise<Figure[]> {
  const { text } = await client.get("/tokens");
  const scripts = new Set([...text.matchAll(/\/_next\/static\/[^"'\\ ]+?\.js/g)].map(([path]) => path));
  const noModule = new Set(
    [...text.matchAll(/<script[^>]*noModule[^>]*>/gi)].flatMap(
      ([tag]) => /src="([^"]+)"/.exec(tag)?.[1] ?? [],
    ),
  );
  let bytes = 0;
  for (const path of scripts) {
    if (noModule.has(path)) continue;
    const { text: source } = await client.get(path);
    bytes += gzipSync(source).length;
  }
  return [
    { name: "first-load JavaScript of the tokens page, gzip", value: bytes / 1000, unit: "kB", atMost: 220 },
  ];
}
