"use client";

import { Plus } from "lucide-react";
import dynamic from "next/dynamic";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useRef } from "react";
import { Button } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { useCommands } from "@/lib/browser/commands";
import { usePortals } from "@/lib/browser/portals";
import { useSession } from "@/lib/browser/session";
import { ConnectionRow } from "./connection-row";
import { Practice } from "./practice";

const ConnectDialog = dynamic(() => import("./connect-dialog"), { ssr: false });

/** The portal users that this session acts for. */
export function ConnectionsPage() {
  const { data: session } = useSession();
  const { data: portals } = usePortals();
  const [dialog, setDialog] = useQueryState("connect", parseAsStringLiteral(["new"]));
  const opener = useRef<HTMLButtonElement>(null);
  const open = () => void setDialog("new");
  useCommands([
    {
      id: "connect",
      title: "Connect another API user",
      section: "Do",
      keywords: ["portal", "add"],
      run: open,
    },
  ]);
  if (!session) return null;
  const { connections } = session;
  return (
    <div className="grid max-w-6xl grid-cols-1 gap-6">
      <PageHeader
        actions={
          <Button
            icon={<Plus aria-hidden className="size-4" />}
            onClick={open}
            ref={opener}
            variant="primary"
          >
            Connect another
          </Button>
        }
        description="The portal users that you act for in this session. Everything you do in the portal is done with their own rights."
        title="Connections"
      />
      <ul className="overflow-hidden rounded-lg border border-line bg-surface shadow-card">
        {connections.map((connection) => (
          <ConnectionRow connection={connection} isLast={connections.length === 1} key={connection.id} />
        ))}
      </ul>
      <Practice />
      {dialog === "new" && portals ? (
        <ConnectDialog finalFocus={opener} onClose={() => void setDialog(null)} portals={portals} />
      ) : null}
    </div>
  );
}
