import type pg from "pg";
import { isLoopback } from "@/lib/server/env";
import { isTaken } from "@/lib/server/store/postgres-lock";
import { connectTo, databaseFault, requireUsable } from "@/lib/server/store/postgres-server";
import { type Deadline, NoAnswer } from "./deadline";
import { bad, but, type Finding, good } from "./finding";

type ServerState = { findings: Finding[]; isUsable: boolean; isTaken?: boolean; skewMs?: number };

/** Whether the server behind `DATABASE_URL` is one that a desk can work on, how it is reached, and what its clock says. */
export async function checkServer(url: string, inTime: Deadline): Promise<ServerState> {
  let client: pg.Client | undefined;
  try {
    client = await inTime(connectTo(url));
    await inTime(requireUsable(client, url));
    const askedAt = Date.now();
    const asked = client.query(`
      select current_setting('server_version') as version, extract(epoch from clock_timestamp()) * 1000 as now,
        (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as tls`);
    const { rows } = await inTime(asked);
    const { version, now, tls } = rows[0];
    const skewMs = Number(now) - (askedAt + Date.now()) / 2;
    const findings = [
      good(`PostgreSQL ${String(version).split(" ", 1)[0]} answers, and the desk can work on it`),
    ];
    if (!tls && !isNear(url))
      findings.push(
        but(
          "DATABASE_URL: the way to the server is in the clear: write sslmode=verify-full, unless that network is safe",
        ),
      );
    return { findings, isUsable: true, isTaken: await inTime(isTaken(client)), skewMs };
  } catch (error) {
    if (error instanceof NoAnswer)
      return {
        findings: [bad(`DATABASE_URL: ${error.message}: see whether the server stands still`)],
        isUsable: false,
      };
    return { findings: [bad(databaseFault(error).message)], isUsable: false };
  } finally {
    void client?.end().catch(() => {});
  }
}

/** Whether the way to a server stays on this machine: by loopback, or by a socket of the file system. */
export function isNear(url: string): boolean {
  const { hostname, searchParams } = new URL(url);
  const host = searchParams.get("host") ?? decodeURIComponent(hostname);
  return host === "" || host.startsWith("/") || isLoopback(host);
}
