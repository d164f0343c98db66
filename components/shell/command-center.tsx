"use client";

import dynamic from "next/dynamic";
import { useEffect } from "react";
import { isLayerOpen } from "@/components/ui/layers";
import { commandForKey } from "@/lib/browser/commands";
import { singleKeysOn } from "@/lib/browser/preferences";
import { isComposing } from "@/lib/shared/composing";
import { showOverlay, useOverlay } from "./palette-state";
import { ShellCommands } from "./shell-commands";

const loadPalette = () => import("./command-palette");
const CommandPalette = dynamic(loadPalette, { ssr: false });
const ShortcutsDialog = dynamic(() => import("./shortcuts-dialog"), { ssr: false });

/** Where a key is text, or belongs to a widget that has keys of its own. */
function takesKeys(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest(
      "input, textarea, select, [contenteditable], [role=menu], [role=listbox], [role=dialog]",
    ) !== null
  );
}

/** The keyboard of the desk: the palette on Ctrl or ⌘ with K, and single keys outside of inputs. */
export function CommandCenter() {
  const overlay = useOverlay();

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isComposing(event) || event.defaultPrevented) return;
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        // Above a question that waits for an answer nothing else is started.
        if (!isLayerOpen()) showOverlay("palette");
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (!singleKeysOn() || isLayerOpen() || takesKeys(event.target)) return;
      const command = commandForKey(event.key);
      if (!command || command.disabledReason) return;
      event.preventDefault();
      command.run();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  return (
    <>
      <ShellCommands />
      {overlay === "palette" ? <CommandPalette onClose={() => showOverlay(null)} /> : null}
      {overlay === "shortcuts" ? <ShortcutsDialog onClose={() => showOverlay(null)} /> : null}
    </>
  );
}
