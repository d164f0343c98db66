/**
 * Troubles with a portal that a problem code alone does not tell: an error of its own, something that answers for it, and
 * that it is the desk's own limit of calls that is reached.
 */
export const troubles = ["server_error", "another_server", "own_limit"] as const;
