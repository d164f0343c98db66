import type { Import } from "./imports";

/*
 * Who may import whom: the table of CONTRIBUTING, executed. A room is a set of files; what a room may import is
 * listed, everything else is a violation. The first room that fits a file is its room.
 */

type Rule = {
  room: RegExp;
  /** Our own files that it may import. */
  may: RegExp[];
  /** Files of which it may import types alone. */
  types?: RegExp[];
  /** Packages that it must not import. */
  never?: RegExp;
};

const contracts = /^lib\/contracts\//;
const shared = /^lib\/shared\//;
const browser = /^lib\/browser\//;
const ui = /^components\/ui\//;
const server = (...names: string[]) => new RegExp(`^lib/server/(${names.join("|")})(\\.ts$|/)`);
const framework = /^package:(next|react|react-dom|next-auth)(\/|$)/;
const anything = /./;

/** Files at the root of lib/server that know nothing but each other. */
const ground = server(
  "cache",
  "cause",
  "env",
  "errors",
  "log",
  "names",
  "printing",
  "room",
  "slices",
  "scrub",
  "crypto",
  "clock",
  "runtime",
  "peer",
  "network",
);

const rules: Rule[] = [
  {
    room: /^app\/api\//,
    may: [server("http", "services"), server("auth"), contracts],
  },
  {
    room: /^app\//,
    may: [/^components\//, browser, contracts, shared, server("auth", "services"), /^app\/.*\.css$/],
  },
  { room: ui, may: [ui, shared] },
  {
    room: /^components\/shell\//,
    may: [/^components\//, browser, contracts, shared],
  },
  { room: /^components\//, may: [ui, browser, contracts, shared] },
  { room: browser, may: [browser, contracts, shared] },
  { room: contracts, may: [contracts, shared], never: /^package:(?!zod$)/ },
  { room: shared, may: [shared], types: [contracts] },
  {
    room: server("http"),
    may: [server("http", "auth", "metrics"), ground, contracts, shared],
    types: [server("services")],
  },
  { room: server("auth"), may: [server("auth", "services", "store"), ground, contracts, shared] },
  {
    room: server("services"),
    may: [server("services", "portal", "store", "metrics"), ground, contracts, shared],
    never: framework,
  },
  { room: server("portal"), may: [server("portal"), ground], never: framework },
  { room: server("store"), may: [server("store", "metrics"), ground], never: framework },
  { room: server("metrics"), may: [server("metrics"), ground], never: framework },
  { room: server("jobs"), may: [server("jobs", "services", "store"), ground], never: framework },
  {
    room: server("boot"),
    may: [server("boot", "jobs", "services", "store", "http", "metrics"), ground, shared, /^package\.json$/],
    types: [contracts],
    never: framework,
  },
  { room: ground, may: [ground], types: [contracts], never: framework },
  { room: /^lib\/simulator\//, may: [/^lib\/simulator\//, shared], never: framework },
  { room: /^instrumentation\.ts$/, may: [server("boot", "jobs", "store"), ground] },
  { room: /^proxy\.ts$/, may: [shared] },
  { room: /^(scripts|tests)\//, may: [anything] },
  { room: /^playwright\.config\.ts$/, may: [/^tests\/support\//] },
  { room: /^[^/]+\.(ts|mjs)$/, may: [shared] },
];

/** A component of another feature: `components/<feature>` keeps to itself and to ui. */
const featureOf = (file: string): string | undefined => /^components\/([^/]+)\//.exec(file)?.[1];

/** The violations among some imports, each as one line. */
export function violations(imports: Import[]): string[] {
  return imports.flatMap(({ from, to, typeOnly }) => {
    const rule = rules.find(({ room }) => room.test(from));
    if (!rule) return [`${from}: no room in the table`];
    if (to.startsWith("package:")) return rule.never?.test(to) ? [`${from} must not import ${to}`] : [];
    const own = featureOf(from);
    if (own !== undefined && featureOf(to) === own) return [];
    if (rule.may.some((room) => room.test(to))) return [];
    if (typeOnly && rule.types?.some((room) => room.test(to))) return [];
    return [`${from} must not import ${to}`];
  });
}
