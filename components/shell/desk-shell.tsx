import type { ReactNode } from "react";
import { SessionProvider } from "@/components/session/session-provider";
import { CommandCenter } from "./command-center";
import { Sidebar } from "./sidebar";
import { SkipLink } from "./skip-link";
import { TabBar } from "./tab-bar";
import { WarmUp } from "./warm-up";

/**
 * The frame: the page first, the navigation after it. In this order the search of the tokens page is a few Tabs away
 * rather than behind a dozen links; the skip link leads to the navigation, and the grid shows it on the left.
 */
export function DeskShell({ children }: { children: ReactNode }) {
  return (
    <SessionProvider>
      <SkipLink />
      <div className="min-h-dvh md:grid md:grid-cols-[3.75rem_minmax(0,1fr)] xl:grid-cols-[14.5rem_minmax(0,1fr)]">
        <main
          className="min-w-0 px-4 pt-5 pb-24 outline-none sm:px-6 md:col-start-2 md:row-start-1 md:px-8 md:pt-7 md:pb-12"
          id="content"
          tabIndex={-1}
        >
          {children}
        </main>
        <Sidebar />
      </div>
      <TabBar />
      <CommandCenter />
      <WarmUp />
    </SessionProvider>
  );
}
