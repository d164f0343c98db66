import "server-only";
import {
  type KyselyPlugin,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type PrimitiveValueListNode,
  type QueryId,
  type ValueNode,
} from "kysely";

/**
 * What may reach a driver as a parameter: text, whole or real numbers, bigint, null, bytes. A boolean becomes
 * 0 or 1 (the SQLite driver ends the process on one), and what the drivers would quietly turn into NULL is refused.
 * So is NUL in a text, which PostgreSQL does not take: both engines are to keep the same.
 * @throws TypeError for undefined, NaN, infinities, dates, objects and text with NUL.
 */
export function toParameter(value: unknown): unknown {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError("not a number for the store");
  if (typeof value === "string" && value.includes("\0")) throw new TypeError("NUL is no text for the store");
  if (value === null || ["string", "number", "bigint"].includes(typeof value)) return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`${typeof value} is no value for the store`);
}

class ParameterTransformer extends OperationNodeTransformer {
  protected override transformValue(node: ValueNode, id?: QueryId): ValueNode {
    return { ...super.transformValue(node, id), value: toParameter(node.value) };
  }
  protected override transformPrimitiveValueList(node: PrimitiveValueListNode, id?: QueryId) {
    return { ...super.transformPrimitiveValueList(node, id), values: node.values.map(toParameter) };
  }
}

/** Puts every parameter of every query through `toParameter`. */
export class ParameterPlugin implements KyselyPlugin {
  readonly #transformer = new ParameterTransformer();
  transformQuery({ node, queryId }: PluginTransformQueryArgs) {
    return this.#transformer.transformNode(node, queryId);
  }
  async transformResult({ result }: Parameters<KyselyPlugin["transformResult"]>[0]) {
    return result;
  }
}
