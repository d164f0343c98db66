import { useEffect, useState } from "react";

/** How long a page that has just come is left to itself: its first rows are there, and come before the rest. */
const calmAfterMs = 200;

/** Whether that time is over. */
export function useCalm(): boolean {
  const [calm, setCalm] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setCalm(true), calmAfterMs);
    return () => clearTimeout(timer);
  }, []);
  return calm;
}
