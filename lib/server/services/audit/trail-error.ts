import "server-only";

/** A trail or an export of one does not verify, or cannot be read. Its message is one line, fit to print. */
export class TrailError extends Error {}
