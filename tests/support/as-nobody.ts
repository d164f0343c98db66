/**
 * Does something as a user with no rights to what belongs to others; where the tests do not run as root, they are such a
 * user themselves.
 */
export function asNobody<T>(work: () => T): T {
  if (process.getuid?.() !== 0) return work();
  const back = () => process.seteuid?.(0);
  process.seteuid?.(65_534);
  let result: T;
  try {
    result = work();
  } catch (error) {
    back();
    throw error;
  }
  if (result instanceof Promise) return result.finally(back) as T;
  back();
  return result;
}
