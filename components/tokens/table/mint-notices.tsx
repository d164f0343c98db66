"use client";

import dynamic from "next/dynamic";
import { useCalm } from "@/lib/browser/calm";

// The first rows do not wait for it.
const OpenMints = dynamic(() => import("./open-mints"), { ssr: false });

/** What this person is minting still, though nobody waits for it in a dialog: this page was reloaded, or left and come back to. */
export function MintNotices({ listedAt }: { listedAt: string }) {
  const isCalm = useCalm();
  return (
    // No box of its own, so no gap while it is empty; and there from the start, so that what comes is read out.
    <div className="contents" role="status">
      {isCalm ? <OpenMints listedAt={listedAt} /> : null}
    </div>
  );
}
