"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import { clsx } from "clsx";
import { Command as Palette } from "cmdk";
import { type ClipboardEvent, useRef, useState } from "react";
import { dialogPopupClass, scrimClass } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { useLayer } from "@/components/ui/layers";
import { useReturnFocus } from "@/components/ui/return-focus";
import { type Command, useRegisteredCommands } from "@/lib/browser/commands";
import { isComposing } from "@/lib/shared/composing";
import { fold } from "@/lib/shared/fold";
import { searchWords } from "@/lib/shared/token-table/search";
import { mayHoldToken, readTokenText } from "@/lib/shared/token-text";
import { paletteGroupClass, paletteItemClass } from "./palette-class";
import { PaletteTokens } from "./palette-tokens";
import { TokenLookup } from "./token-lookup";

const sectionOrder = ["Tokens", "Do", "Go to", "Desk"];

function bySection(commands: Command[]): [string, Command[]][] {
  const sections = new Map<string, Command[]>();
  for (const command of commands)
    sections.set(command.section, [...(sections.get(command.section) ?? []), command]);
  const rank = (name: string) =>
    (sectionOrder.indexOf(name) + sectionOrder.length + 1) % (sectionOrder.length + 1);
  return [...sections].sort(([a], [b]) => rank(a) - rank(b));
}

/** Every word that was typed must stand in the name or its other words: letters scattered over them find too much. */
function scoreOf(name: string, typed: string, others: string[] = []): number {
  const text = fold([name, ...others].join(" "));
  const words = searchWords(typed);
  if (!words.every((word) => text.includes(word))) return 0;
  return text.startsWith(words.join(" ")) ? 1 : 0.5;
}

/**
 * Finds and does things by name. A token that is pasted here never becomes text in the field, nor part of an address:
 * it goes to the desk in a POST, which answers whose it is.
 */
export default function CommandPalette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [pasted, setPasted] = useState<string | null>(null);
  const commands = useRegisteredCommands();
  const input = useRef<HTMLInputElement>(null);
  const isTop = useLayer(true);
  const [before] = useState(() => document.activeElement);
  const returnFocus = useReturnFocus(true, undefined);

  const onText = (next: string) => {
    const isToken = readTokenText(next).found !== "none";
    setPasted(isToken ? next : null);
    setText(isToken ? "" : next);
  };
  const onPaste = (event: ClipboardEvent) => {
    // As it was copied: the field would join its lines.
    const copied = event.clipboardData.getData("text");
    if (readTokenText(copied).found === "none") return;
    event.preventDefault();
    onText(copied);
  };
  const run = (command: Command) => {
    if (command.disabledReason) return;
    onClose();
    // After the palette has gone and given the focus back: what the command opens will return it there too.
    requestAnimationFrame(() => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      command.run();
    });
  };

  return (
    <Base.Root
      onOpenChange={(open, details) =>
        open || !isTop() || isComposing(details.event) ? details.cancel() : onClose()
      }
      open
    >
      <Base.Portal>
        <Base.Backdrop className={scrimClass} />
        <Base.Viewport className="pointer-events-none fixed inset-0 z-50 flex items-start justify-center p-2 sm:p-[12vh_2rem_2rem]">
          <Base.Popup
            aria-label="Find or do something"
            className={clsx(dialogPopupClass, "max-w-xl")}
            finalFocus={returnFocus}
            initialFocus={input}
          >
            {pasted ? (
              <TokenLookup onBack={() => setPasted(null)} onDone={onClose} token={pasted} />
            ) : (
              <Palette
                className="flex min-h-0 flex-col"
                filter={scoreOf}
                label="Commands"
                loop
                shouldFilter={!mayHoldToken(text)}
              >
                <Palette.Input
                  autoFocus
                  className="h-12 w-full shrink-0 border-line border-b bg-transparent px-4 text-base outline-none placeholder:text-ink-faint pointer-coarse:text-lg"
                  onPaste={onPaste}
                  onValueChange={onText}
                  placeholder="Find a command or a token, or paste one to see whose it is"
                  ref={input}
                  value={text}
                />
                <Palette.List className="min-h-0 flex-1 scroll-py-2 overflow-y-auto p-1.5">
                  <Palette.Empty className="px-3 py-8 text-center text-ink-faint text-sm">
                    Nothing is called that
                  </Palette.Empty>
                  <CommandGroups commands={commands} onRun={run} />
                  <PaletteTokens onDone={onClose} text={text} />
                </Palette.List>
              </Palette>
            )}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}

function CommandGroups({ commands, onRun }: { commands: Command[]; onRun: (command: Command) => void }) {
  return (
    <>
      {bySection(commands).map(([section, items]) => (
        <Palette.Group className={paletteGroupClass} heading={section} key={section}>
          {items.map((command) => (
            <PaletteItem command={command} key={command.id} onRun={() => onRun(command)} />
          ))}
        </Palette.Group>
      ))}
    </>
  );
}

function PaletteItem({ command, onRun }: { command: Command; onRun: () => void }) {
  return (
    <Palette.Item
      className={clsx(paletteItemClass, command.disabledReason && "cursor-not-allowed")}
      keywords={command.keywords}
      onSelect={onRun}
      value={`${command.title} ${command.id}`}
    >
      <span className="min-w-0 flex-1">
        <span className={clsx("block truncate", command.disabledReason && "text-ink-faint")}>
          {command.title}
        </span>
        {command.disabledReason ? (
          <span className="block text-ink-faint text-xs">{command.disabledReason}</span>
        ) : null}
      </span>
      {command.keys ? <Kbd className="pointer-coarse:hidden">{command.keys}</Kbd> : null}
    </Palette.Item>
  );
}
