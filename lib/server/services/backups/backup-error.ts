import "server-only";

/** A backup cannot be made, or not be restored. Its message is one line, fit to print. */
export class BackupError extends Error {}
