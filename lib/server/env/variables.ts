import "server-only";

/** Variables of the environment, by name; `process.env` is one. */
export type Variables = Record<string, string | undefined>;
