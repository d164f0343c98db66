import "server-only";

/** The store's keys cannot be opened with this secret. Its message is one line, fit to print. */
export class KeyError extends Error {}
