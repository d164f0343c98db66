"use client";

import { useEffect, useState } from "react";

type Announcement = { text: string; assertive: boolean };
type Listener = (announcement: Announcement) => void;
const listeners = new Set<Listener>();

function announce(text: string, options: { assertive?: boolean } = {}): void {
  for (const listener of listeners) listener({ text, assertive: options.assertive ?? false });
}

/** Says something to those who listen instead of looking. Never a secret. */
export function useAnnounce(): typeof announce {
  return announce;
}

/**
 * The two nodes that screen readers watch. Once a page, and there from the first render, or nothing is read. An open dialog
 * hides all around it except for what has `aria-live`: a role alone would be hidden, and say nothing.
 */
export function LiveRegion() {
  const [polite, setPolite] = useState("");
  const [assertive, setAssertive] = useState("");
  useEffect(() => {
    const timers = new Set<ReturnType<typeof setTimeout>>();
    const listener: Listener = ({ text, assertive: urgent }) => {
      const set = urgent ? setAssertive : setPolite;
      // Emptied first: the same words twice would otherwise be no change, and stay unread.
      set("");
      const timer = setTimeout(() => {
        timers.delete(timer);
        set(text);
      }, 60);
      timers.add(timer);
    };
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      for (const timer of timers) clearTimeout(timer);
    };
  }, []);
  return (
    <div className="sr-only">
      <div aria-live="polite" role="status">
        {polite}
      </div>
      <div aria-live="assertive" role="alert">
        {assertive}
      </div>
    </div>
  );
}
