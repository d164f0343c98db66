import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { DeskAnswer, DeskClient } from "../../../scripts/desk-client";
import type { Random } from "./random";

/** A mint that was asked for: the same key goes with the same body for ever. */
type Asked = {
  key: string;
  body: { connectionId: string; label: string; count: number };
  operationId?: string;
};

/** A person at work on a desk that dies again and again. */
export type Person = {
  /** Works until the signal is aborted; whatever the desk's death cuts off is asked again later. */
  work(signal: AbortSignal): Promise<void>;
  /** Ids of tokens that were copied. */
  copied: string[];
  /** What was answered otherwise than it may be. */
  complaints: string[];
  minted: number;
  /** How many requests were answered. */
  answered: number;
};

type Tokens = { operationId: string; items?: { id: string }[] };

/** @param signIn makes the client's session, where there is none or the last one ended. */
export function createPerson(client: DeskClient, signIn: () => Promise<DeskAnswer>, random: Random): Person {
  const again: Asked[] = [];
  const active: string[] = [];
  let connectionId: string | undefined;
  let count = 0;

  const connect = async (): Promise<void> => {
    let session = await client.get("/api/session");
    if (session.status === 401) {
      await signIn();
      session = await client.get("/api/session");
    }
    if (session.status !== 200) return;
    const { connections } = session.body as { connections: { id: string; state: string }[] };
    connectionId = connections.find(({ state }) => state === "live")?.id;
  };

  const mint = async (asked: Asked): Promise<void> => {
    // Until there is an answer it counts as lost on the way.
    again.push(asked);
    const answer = await client.post("/api/tokens", asked.body, { "Idempotency-Key": asked.key });
    if (answer.status === 409) return;
    again.splice(again.indexOf(asked), 1);
    if (answer.status >= 500 && !answer.text.includes('"code":"portal')) {
      person.complaints.push(`a mint was answered ${answer.status} ${answer.text}`);
      return;
    }
    if (answer.status !== 201 && answer.status !== 202) return;
    const { operationId, items = [] } = answer.body as Tokens;
    if (asked.operationId !== undefined && asked.operationId !== operationId)
      person.complaints.push(`one key has two mints: ${asked.operationId}, ${operationId}`);
    if (asked.operationId === undefined) {
      active.push(...items.map(({ id }) => id));
      person.minted += items.length;
    }
    asked.operationId = operationId;
    if (random.chance(30)) again.push(asked);
  };

  const revoke = async (): Promise<void> => {
    const id = active.splice(random.between(0, active.length - 1), 1)[0];
    if (id === undefined) return;
    const reason = "unused";
    const ids = [id, ...active.splice(0, random.between(0, 3))];
    if (random.chance(30)) await client.post("/api/tokens/revoke", { ids, reason });
    else for (const each of ids) await client.delete(`/api/tokens/${each}`, { reason });
  };

  const copy = async (): Promise<void> => {
    const id = random.oneOf(active);
    if (id === undefined) return;
    const { status } = await client.post(`/api/tokens/${id}/copy`, { as: "raw" });
    if (status === 200) person.copied.push(id);
  };

  const step = async (): Promise<void> => {
    if (connectionId === undefined) return connect();
    const old = again[0];
    if (old && random.chance(40)) {
      again.shift();
      return mint(old);
    }
    const what = random.between(1, 100);
    if (what <= 50) {
      count += 1;
      const body = { connectionId, label: `Crash ${count}`, count: random.oneOf([1, 1, 1, 2, 3]) };
      return mint({ key: randomBytes(12).toString("hex"), body });
    }
    if (what <= 80) return revoke();
    if (what <= 90) return copy();
    await client.get("/api/tokens");
  };

  const person: Person = {
    copied: [],
    complaints: [],
    minted: 0,
    answered: 0,
    async work(signal) {
      connectionId = undefined;
      while (!signal.aborted) {
        // The desk is gone in the middle of it: that is the point.
        await step().then(
          () => {
            person.answered += 1;
          },
          () => undefined,
        );
        await wait(random.between(1, 25));
      }
    },
  };
  return person;
}
