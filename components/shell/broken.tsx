"use client";

import { Button } from "@/components/ui/button";
import { StatusPage } from "./status-page";

export type BrokenProps = { error: Error & { digest?: string }; reset: () => void };

/** Instead of a page that broke. The digest is all that the browser is told of the cause. */
export function Broken({ error, reset }: BrokenProps) {
  return (
    <StatusPage
      actions={
        <>
          <Button onClick={reset} variant="primary">
            Try again
          </Button>
          <Button onClick={() => location.reload()}>Reload the page</Button>
        </>
      }
      code={error.digest ? `Error ${error.digest}` : "Error"}
      text="Nothing was changed by this. If it stays so, tell whoever runs this desk, with the number above."
      title="This page could not be shown"
    />
  );
}
