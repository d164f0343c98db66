/** Troubles of a portal that a problem code alone does not tell: an error of its own, and something that answers for it. */
export const troubles = ["server_error", "another_server"] as const;
