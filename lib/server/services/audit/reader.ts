import "server-only";
import { type ExportPage, type ExportPageQuery, exportPage } from "./export-page";
import { type TrailState, type Verifiable, verifyAudit } from "./verify";

/** Reads the trail from end to end. */
export type TrailReader = {
  verify(): Promise<TrailState>;
  exportPage(query: ExportPageQuery): Promise<ExportPage>;
  close(): Promise<void>;
};

/** Reads it in this very thread: where nobody else waits, as in a command. */
export const createTrailReader = (desk: Verifiable): TrailReader => ({
  verify: () => verifyAudit({ desk }),
  exportPage: (query) => exportPage(desk.db, query),
  close: async () => {},
});
