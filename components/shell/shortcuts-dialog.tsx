"use client";

import { usePathname } from "next/navigation";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { useRegisteredCommands } from "@/lib/browser/commands";
import { usePlatformKey } from "@/lib/browser/platform-key";
import { setSingleKeys, useSingleKeys } from "@/lib/browser/preferences";

type Row = { keys: string[]; title: string };

/** On a row of the table, while it has the focus. */
const rowKeys: Row[] = [
  { keys: ["j", "k"], title: "Next and previous row" },
  { keys: ["↵"], title: "Open" },
  { keys: ["x"], title: "Select" },
  { keys: ["e"], title: "Name or rename" },
  { keys: ["e", "↵"], title: "Name, then on to the next unclaimed one" },
  { keys: ["c"], title: "Copy" },
  { keys: ["t"], title: "Check" },
  { keys: ["Del"], title: "Revoke (asks first)" },
];

export default function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const commands = useRegisteredCommands();
  const modifier = usePlatformKey();
  const singleKeys = useSingleKeys();
  const onTokens = usePathname() === "/tokens";
  const everywhere: Row[] = [
    { keys: [modifier, "K"], title: "Find or do something; paste a token to find it" },
  ];
  const here = commands.flatMap((command) =>
    command.keys ? [{ keys: [command.keys], title: command.title }] : [],
  );
  return (
    <Dialog
      closeOnOutsidePress
      description="Single keys work outside of text fields."
      onOpenChange={(open) => !open && onClose()}
      open
      title="Keyboard shortcuts"
    >
      <Keys rows={[...everywhere, ...here]} title="Everywhere" />
      {onTokens ? <Keys rows={rowKeys} title="On a row of the table" /> : null}
      <div className="mt-4 border-line border-t pt-4">
        <Checkbox
          checked={singleKeys}
          label="Use single-key shortcuts on this computer"
          onChange={(event) => setSingleKeys(event.target.checked)}
        />
      </div>
    </Dialog>
  );
}

function Keys({ title, rows }: { title: string; rows: Row[] }) {
  return (
    <section className="mt-3 first:mt-0">
      <h3 className="mb-1 text-ink-faint text-xs">{title}</h3>
      <dl className="divide-y divide-line">
        {rows.map((row) => (
          <div className="flex items-center justify-between gap-4 py-1.5" key={row.title}>
            <dt className="text-sm">{row.title}</dt>
            <dd className="flex gap-1">
              {row.keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
