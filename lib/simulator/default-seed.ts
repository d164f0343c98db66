import type { SeedInput } from "./seed";

const domain = "demo.example";
const at = (name: string): string => `${name}@${domain}`;

/**
 * The people of the demo: a super user, two team leads with their teams and API users, one disabled
 * user, one without rights. Some own tokens already: of the documented prefix, bare, and of a form that
 * nobody foresaw. Passwords and tokens are drawn when the seed is planted.
 */
export function defaultSeed(): SeedInput {
  const lead = ["USER", "MANAGE_USERS"];
  const sales = at("lena.lead");
  const support = at("omar.lead");
  return {
    accounts: [
      {
        accountId: "99990000",
        accountName: "Demo Contact Center",
        mainAccountId: "99990000",
        mainAccountName: "Demo",
      },
      {
        accountId: "99990001",
        accountName: "Demo Outbound",
        mainAccountId: "99990000",
        mainAccountName: "Demo",
      },
    ],
    users: [
      {
        key: "super",
        userName: at("rosa.super"),
        firstName: "Rosa",
        lastName: "Marin",
        roles: ["USER", "SUPER_USER", "MANAGE_RIGHTS"],
        newTokens: { prefixed: 1 },
      },
      {
        key: "leadSales",
        userName: sales,
        firstName: "Lena",
        lastName: "Okafor",
        roles: lead,
        parent: at("rosa.super"),
        newTokens: { prefixed: 2 },
      },
      {
        key: "ann",
        userName: at("ann"),
        firstName: "Ann",
        lastName: "Weber",
        parent: sales,
        newTokens: { bare: 1 },
      },
      { key: "ben", userName: at("ben"), firstName: "Ben", lastName: "Silva", parent: sales },
      {
        key: "apiCrm",
        userName: at("api-crm"),
        firstName: "API",
        lastName: "CRM sync",
        parent: sales,
        newTokens: { prefixed: 3, bare: 1 },
      },
      {
        key: "apiDialer",
        userName: at("api-dialer"),
        firstName: "API",
        lastName: "Dialer",
        parent: sales,
        newTokens: { prefixed: 1, bare: 1, unforeseen: 1 },
      },
      {
        key: "leadSupport",
        userName: support,
        firstName: "Omar",
        lastName: "Haddad",
        roles: lead,
        parent: at("rosa.super"),
        newTokens: { prefixed: 1 },
      },
      { key: "cleo", userName: at("cleo"), firstName: "Cleo", lastName: "Park", parent: support },
      {
        key: "disabled",
        userName: at("dan"),
        firstName: "Dan",
        lastName: "Moreau",
        parent: support,
        enabled: false,
        newTokens: { prefixed: 1 },
      },
      {
        key: "apiReports",
        userName: at("api-reports"),
        firstName: "API",
        lastName: "Reports",
        parent: support,
        newTokens: { prefixed: 2 },
      },
      {
        key: "noRights",
        userName: at("nora"),
        firstName: "Nora",
        lastName: "Lind",
        roles: ["NO_ACCESS"],
        parent: support,
        newTokens: { prefixed: 1 },
      },
    ],
  };
}
