import { migrate, openStore } from "@/lib/server/store/open";

/* A process that brings a store's tables up to date and ends: to be killed on the way. */

const db = openStore({
  dataDir: process.env.TOKENDESK_DATA ?? "",
  databaseUrl: process.env.DATABASE_URL || undefined,
});
await migrate(db);
await db.destroy();
