import "server-only";

/** A value of the configuration that the desk cannot start with; the message is one line, fit to print. */
export class EnvError extends Error {}
