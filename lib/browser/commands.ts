"use client";

import { useEffect, useId, useRef, useSyncExternalStore } from "react";

/** Something that the palette and the keyboard can do. */
export type Command = {
  id: string;
  title: string;
  section: string;
  /** A single key (`n`, `?`, `/`), pressed outside inputs. */
  keys?: string;
  /** Further words that find it. */
  keywords?: string[];
  run: () => void;
  /** Why it cannot be done now: shown, and not run. */
  disabledReason?: string;
};

const registered = new Map<string, Command[]>();
const listeners = new Set<() => void>();
let snapshot: Command[] = [];
const none: Command[] = [];

function publish() {
  snapshot = [...new Map([...registered.values()].flat().map((command) => [command.id, command])).values()];
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** What identifies a command to its reader; `run` is left out, because it is looked up when it is called. */
function outline(commands: Command[]): string {
  return JSON.stringify(commands.map(({ run: _run, ...rest }) => rest));
}

/**
 * Offers commands for as long as the component is mounted. The list may be made anew at each render: what is
 * registered only changes when something shown changes, and `run` is always that of the last render.
 */
export function useCommands(commands: Command[]): void {
  const owner = useId();
  const latest = useRef(commands);
  const shape = outline(commands);
  useEffect(() => {
    latest.current = commands;
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape stands for the commands
  useEffect(() => {
    registered.set(
      owner,
      latest.current.map((command) => ({
        ...command,
        run: () => latest.current.find((current) => current.id === command.id)?.run(),
      })),
    );
    publish();
    return () => {
      registered.delete(owner);
      publish();
    };
  }, [owner, shape]);
}

/** Every command offered now. */
export function useRegisteredCommands(): Command[] {
  return useSyncExternalStore(
    subscribe,
    () => snapshot,
    () => none,
  );
}

/** The command that this key stands for now. */
export function commandForKey(key: string): Command | undefined {
  return snapshot.find((command) => command.keys === key);
}
