import "server-only";

const registryKey = Symbol.for("tokendesk.runtime");

type Holder = typeof globalThis & { [registryKey]?: Map<string, unknown> };

function registry(): Map<string, unknown> {
  const holder: Holder = globalThis;
  holder[registryKey] ??= new Map();
  return holder[registryKey];
}

/**
 * Returns the one object of this name in the process, made by `make` on the first call.
 *
 * The framework bundles a module several times (pages, routes, instrumentation), so a module-level
 * variable exists several times in one process; what must be unique hangs on `globalThis` instead.
 * The type is the caller's promise: a name belongs to one module, which always asks for the same type.
 * What `make` throws is passed on, and nothing is kept then.
 */
export function once<T>(name: string, make: () => T): T {
  const objects = registry();
  if (!objects.has(name)) objects.set(name, make());
  return objects.get(name) as T;
}

/** Drops the object of this name, so that the next `once` makes it anew. For tests only. */
export function forget(name: string): void {
  registry().delete(name);
}
