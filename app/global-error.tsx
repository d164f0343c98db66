"use client";

import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import { StatusPage } from "@/components/shell/status-page";
import { Button } from "@/components/ui/button";
import "./globals.css";

/** The last resort: the layout itself broke. Our own, because Next's has inline styles that the policy refuses. */
export default function GlobalError({ error }: { error: Error & { digest?: string } }) {
  return (
    <html className={`${GeistSans.variable} ${GeistMono.variable}`} lang="en">
      <body>
        <title>Something went wrong · Tokendesk</title>
        <main>
          <StatusPage
            actions={
              <Button onClick={() => location.reload()} variant="primary">
                Reload the page
              </Button>
            }
            code={error.digest ? `Error ${error.digest}` : "Error"}
            text="Nothing was changed by this. If it stays so, tell whoever runs this desk, with the number above."
            title="The desk could not be shown"
          />
        </main>
      </body>
    </html>
  );
}
