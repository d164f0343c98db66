import { z } from "zod";

/** The calls that a fault can be put on, and the names that the call log uses. */
export const endpointNames = [
  "login",
  "who",
  "mint",
  "list",
  "revoke",
  "users",
  "children",
  "accounts",
  "is-valid",
  "other",
] as const;
export type EndpointName = (typeof endpointNames)[number];

export const variantsSchema = z
  .strictObject({
    loginUser: z.enum(["nested", "flat"]),
    who: z.enum(["present", "absent"]),
    mintStatus: z.union([z.literal(200), z.literal(201)]),
    mintForm: z.enum(["prefixed", "bare", "unforeseen"]),
    mintBody: z.enum(["text", "json-string", "spaced-text", "spaced-json-string"]),
    revokeBody: z.enum(["text", "json", "spaced-text", "empty"]),
    roles: z.enum(["objects", "strings"]),
    listOrder: z.enum(["minted", "reversed", "shuffled"]),
  })
  .partial();

/** What every fault has: where, for how many calls, after how many, and for whose calls. */
const where = {
  endpoint: z.enum([...endpointNames, "any"]),
  /** How many calls it meets; null is every call until it is cleared. Default 1. */
  count: z.number().int().positive().nullable().default(1),
  /** How many matching calls pass unharmed first. Default 0. */
  skip: z.number().int().nonnegative().default(0),
  /** Only calls with a credential of this user (for signing in: with this user name). */
  userName: z.string().optional(),
};

/** Whether the call takes effect in the portal although its answer is spoilt. Default false. */
const effect = z.boolean().default(false);
const ms = z.number().nonnegative();
const headers = z.record(z.string(), z.string()).default({});

export const faultSchema = z.discriminatedUnion("kind", [
  /** Waits, then goes on. `when` says whether the effect comes before or after the wait. */
  z.strictObject({
    ...where,
    kind: z.literal("latency"),
    ms,
    when: z.enum(["before", "after"]).default("before"),
  }),
  /** Never answers; the connection stays open until the client, `clearFaults` or `stop` ends it. */
  z.strictObject({ ...where, kind: z.literal("hang"), effect }),
  z.strictObject({ ...where, kind: z.literal("reset-before") }),
  z.strictObject({ ...where, kind: z.literal("reset-after") }),
  /** A status with any body; without one, the portal's error shape (nothing for `body: ""`). */
  z.strictObject({
    ...where,
    kind: z.literal("status"),
    status: z.number().int().min(200).max(599),
    body: z.string().optional(),
    contentType: z.string().optional(),
    retryAfter: z.string().optional(),
    headers,
    effect,
  }),
  /** An HTML page, as a gateway in front answers. */
  z.strictObject({
    ...where,
    kind: z.literal("html"),
    status: z.number().int().min(200).max(599).default(502),
    effect,
  }),
  /** Half of the true answer, then the connection is cut. The call has taken effect. */
  z.strictObject({ ...where, kind: z.literal("truncated") }),
  /** A body of so many bytes: a JSON array of strings, or one long text. */
  z.strictObject({
    ...where,
    kind: z.literal("huge"),
    bytes: z
      .number()
      .int()
      .positive()
      .default(64 * 1024 * 1024),
    shape: z.enum(["json", "text"]).default("json"),
    effect,
  }),
  /** A small gzip body that unpacks to so many bytes. */
  z.strictObject({
    ...where,
    kind: z.literal("gzip-bomb"),
    bytes: z
      .number()
      .int()
      .positive()
      .default(256 * 1024 * 1024),
    effect,
  }),
  /** A delete that answers 200 `false`. */
  z.strictObject({ ...where, kind: z.literal("false"), effect }),
  /** A mint or a delete that shows late: after so many ms of the simulator's clock, or list calls, or both. */
  z.strictObject({
    ...where,
    kind: z.literal("late"),
    afterMs: ms.optional(),
    afterLists: z.number().int().nonnegative().optional(),
    affects: z.enum(["both", "list", "use"]).default("both"),
  }),
  /** The true answer, so many bytes at a time. */
  z.strictObject({
    ...where,
    kind: z.literal("slow-drip"),
    bytesPerStep: z.number().int().positive().default(1),
    msPerStep: ms.default(100),
  }),
  z.strictObject({
    ...where,
    kind: z.literal("redirect"),
    location: z.string(),
    status: z.number().int().min(300).max(399).default(302),
    effect,
  }),
  /** Another shape of the true answer. */
  z.strictObject({ ...where, kind: z.literal("variant"), variants: variantsSchema }),
  /** Further headers on the true answer. */
  z.strictObject({ ...where, kind: z.literal("headers"), headers }),
]);

/** A fault as one asks for it, defaults left out. */
export type FaultInput = z.input<typeof faultSchema>;
export type Fault = z.output<typeof faultSchema>;
export type FaultKind = Fault["kind"];

/** A fault in force, with what is left of it. */
export type ArmedFault = Fault & { id: string; hits: number };

/** A fault that spoils the answer; the other kinds change it, and go together. */
export type SpoilingFault = Extract<
  Fault,
  {
    kind:
      | "hang"
      | "reset-before"
      | "reset-after"
      | "status"
      | "html"
      | "truncated"
      | "huge"
      | "gzip-bomb"
      | "redirect";
  }
>;

const spoiling: ReadonlySet<FaultKind> = new Set<SpoilingFault["kind"]>([
  "hang",
  "reset-before",
  "reset-after",
  "status",
  "html",
  "truncated",
  "huge",
  "gzip-bomb",
  "redirect",
]);

export const isSpoiling = (fault: Fault): fault is SpoilingFault => spoiling.has(fault.kind);
