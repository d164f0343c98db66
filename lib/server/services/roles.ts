import "server-only";

const leading = ["MANAGE_USERS", "SUPER_USER"];

/** Whether the portal lets a user of these roles manage other users. */
export const isLead = (roles: string[]): boolean => roles.some((role) => leading.includes(role));

export const isSuperUser = (roles: string[]): boolean => roles.includes("SUPER_USER");
