import type { BrowserContext, Page } from "@playwright/test";
import type { Haystack } from "./secrets";
import type { Wire } from "./wire";

/** Everything that came over the wire: addresses, headers and bodies of the answers, and the addresses asked for. */
export function received(wire: Wire): Haystack[] {
  return wire.exchanges.map(({ method, url, status, headers, body, requestHeaders }) => {
    // What the browser sends of its own accord is kept by it: addresses, cookies and where it came from.
    const ownHeaders = requestHeaders.replace(/^content-length:.*$/gim, "");
    return { where: `${method} ${url} (${status})`, text: [url, ownHeaders, headers, body].join("\n") };
  });
}

/** Everything that a page keeps, wherever a page can keep something. */
export async function keptBy(page: Page): Promise<Haystack[]> {
  const parts = await page.evaluate(async () => {
    const all = (storage: Storage) => JSON.stringify(Object.entries(storage));
    const fields = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea")];
    return {
      document: document.documentElement.outerHTML,
      "the title": document.title,
      "the fields": fields.map((field) => field.value).join("\n"),
      "window.name": window.name,
      address: location.href,
      "history.state": JSON.stringify(history.state),
      localStorage: all(localStorage),
      sessionStorage: all(sessionStorage),
      "document.cookie": document.cookie,
      IndexedDB: await readDatabases(),
      "Cache Storage": await readCaches(),
      "performance entries": performance
        .getEntries()
        .map(({ name }) => name)
        .join("\n"),
      "React's tree": readTree(),
    };

    async function readDatabases(): Promise<string> {
      const found: unknown[] = [];
      for (const { name } of await indexedDB.databases()) {
        if (name === undefined) continue;
        const database = await new Promise<IDBDatabase>((resolve, reject) => {
          const opening = indexedDB.open(name);
          opening.onsuccess = () => resolve(opening.result);
          opening.onerror = () => reject(opening.error);
        });
        for (const store of database.objectStoreNames) {
          const reading = database.transaction(store).objectStore(store).getAll();
          found.push(
            name,
            store,
            await new Promise((resolve) => (reading.onsuccess = () => resolve(reading.result))),
          );
        }
        database.close();
      }
      return JSON.stringify(found);
    }

    async function readCaches(): Promise<string> {
      const found: string[] = [];
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
          found.push(request.url, (await (await cache.match(request))?.text()) ?? "");
        }
      }
      return found.join("\n");
    }

    /** Every text in the props and the state of what React has drawn; TanStack Query's caches hang there too. */
    function readTree(): string {
      const roots = [document, ...document.querySelectorAll("*")].flatMap((node) =>
        Object.entries(node).flatMap(([key, value]) => (key.startsWith("__react") ? [value as unknown] : [])),
      );
      const seen = new Set<unknown>();
      const texts = new Set<string>();
      const queue: unknown[] = roots;
      for (let next = queue.pop(); queue.length > 0 || next !== undefined; next = queue.pop()) {
        if (typeof next === "string") texts.add(next);
        const isOpen =
          typeof next === "object" && next !== null && !(next instanceof Node) && next !== window;
        if (!isOpen || seen.has(next)) continue;
        seen.add(next);
        if (next instanceof Map) queue.push(...next.keys(), ...next.values());
        else if (next instanceof Set) queue.push(...next);
        else
          for (const { value } of Object.values(Object.getOwnPropertyDescriptors(next))) {
            if (value !== undefined && value !== null) queue.push(value as unknown);
          }
      }
      return [...texts].join("\n");
    }
  });
  return Object.entries(parts).map(([where, text]) => ({ where: `${where} of ${page.url()}`, text }));
}

/** The cookies, those that scripts cannot see as well. */
export async function cookiesOf(context: BrowserContext): Promise<Haystack[]> {
  return (await context.cookies()).map(({ name, value }) => ({ where: `the cookie ${name}`, text: value }));
}
