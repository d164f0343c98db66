import { readFileSync } from "node:fs";
import { decode } from "next-auth/jwt";
import { openKeys } from "@/lib/server/services/keys/open";
import { openStore } from "@/lib/server/store/open";

/*
 * A program of its own: opens a session cookie with the key of the desk whose data folder it is given, as whoever stole
 * both could, and prints what is in it. The cookie comes on the standard input.
 */

const dataDir = process.argv[2] ?? "";
const db = openStore({ dataDir });
const keys = await openKeys(db, { dataDir });
const claims = await decode({ token: readFileSync(0, "utf8"), secret: keys.session });
await db.destroy();
console.log(JSON.stringify(claims));
