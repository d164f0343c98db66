import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { guard } from "@/lib/server/boot/gate";
import { readEnv } from "@/lib/server/env";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { readDeskAddress } from "../../scripts/desk-address";

/*
 * Whoever reaches the desk past its proxy says in `X-Forwarded-For` whoever they like to be: each guess of a password comes
 * from an address of its own, or all of them from a victim's.
 */

const outside = {
  NODE_ENV: "production" as const,
  TOKENDESK_URL: "https://desk.example",
  TOKENDESK_ALLOW: "vacd",
  TOKENDESK_SECRET: "s".repeat(40),
};

describe("the recommended set-up", () => {
  test("listens on loopback alone, also where its address is another", () => {
    expect(readDeskAddress(outside)).toMatchObject({ host: "127.0.0.1", port: 3000 });
    expect(readDeskAddress({ NODE_ENV: "production" })).toMatchObject({ host: "127.0.0.1" });
    expect(readDeskAddress({ NODE_ENV: "production", TOKENDESK_URL: "http://localhost:4000" })).toMatchObject(
      {
        host: "127.0.0.1",
        port: 4000,
      },
    );
    expect(readDeskAddress({ ...outside, HOST: "0.0.0.0" })).toMatchObject({ host: "0.0.0.0" });
  });
});

describe("a peer that is no proxy of ours", () => {
  let desk: DeskProcess;
  beforeAll(async () => {
    // Of loopback another part is named, so that this test's own address is a stranger's.
    desk = await startDeskProcess({ env: { TRUSTED_PROXY_HOPS: "1", TRUSTED_PROXIES: "127.0.0.2" } });
  });
  afterAll(() => desk?.stop());

  test("is not believed what it says of others, and locks nobody out", async () => {
    const guess = (address: string) =>
      desk
        .visitor()
        .signIn(
          { portal: "sim", username: "ann@demo.example", password: "wrong-wrong" },
          { "X-Forwarded-For": address },
        );
    const statuses: number[] = [];
    for (let index = 0; index < 7; index += 1) statuses.push((await guess(`198.51.100.${index}`)).status);
    // Counted as one, whatever they call themselves.
    expect(statuses.slice(-2)).toEqual([429, 429]);
    const admin = await desk.signedIn("super");
    const { body } = await admin.get("/api/audit?action=session.sign_in_failed");
    const { items } = body as { items: { ip: string }[] };
    expect(new Set(items.map(({ ip }) => ip))).toEqual(new Set(["127.0.0.1"]));
  });
});

/* Once a connection is reset its address is not to be had any more: what came before it would be done, and counted, as nobody's. */
describe("whoever resets the connection right behind their request", () => {
  /** How many of some requests were passed on, and how many of these without an address. */
  async function passedOn(isGuarded: boolean): Promise<{ all: number; fromNowhere: number }> {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.socket.remoteAddress);
      response.end();
    });
    if (isGuarded) guard(server, {}, readEnv({ NODE_ENV: "test" }));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const send = (how: "reset" | "wait") =>
      new Promise<void>((resolve) => {
        const socket = connect(port, "127.0.0.1", () =>
          socket.write("GET / HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nConnection: close\r\n\r\n", () => {
            if (how === "reset") socket.resetAndDestroy();
          }),
        );
        socket.on("error", () => {});
        socket.on("data", () => {});
        socket.on("close", () => resolve());
      });
    for (let index = 0; index < 20; index += 1) await send("reset");
    await send("wait");
    await new Promise((resolve) => server.close(resolve));
    return { all: seen.length, fromNowhere: seen.filter((address) => address === undefined).length };
  }

  test("does nothing: a request without an address is passed on to nobody", async () => {
    // Without the guard there are some, or this would show nothing.
    expect((await passedOn(false)).fromNowhere).toBeGreaterThan(0);
    const { all, fromNowhere } = await passedOn(true);
    expect(fromNowhere).toBe(0);
    expect(all).toBeGreaterThan(0);
  });
});
