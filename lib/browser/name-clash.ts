import { useEffect, useMemo, useState } from "react";
import type { Token } from "@/lib/contracts/tokens";
import { nameKey } from "@/lib/shared/fold";
import { useKnownTokens } from "./token-list";

type Named = Pick<Token, "id" | "label" | "status">;
type KeysOf = (name: string) => string[];
export type NameIndex = { keysOf: KeysOf; byKey: Map<string, Named[]> };

/** Whether its name is in use: what is gone for good leaves its own to others. */
const isInUse = (token: Named): token is Named & { label: string } =>
  Boolean(token.label) && token.status !== "revoked" && token.status !== "disappeared";

/** The names that are in use, by what they are told apart by; to be made once for a list, not for each letter. */
export function indexNames(tokens: readonly Named[], keysOf: KeysOf = (name) => [nameKey(name)]): NameIndex {
  const byKey = new Map<string, Named[]>();
  for (const token of tokens) {
    if (!isInUse(token)) continue;
    for (const key of keysOf(token.label)) {
      const others = byKey.get(key);
      if (others) others.push(token);
      else byKey.set(key, [token]);
    }
  }
  return { keysOf, byKey };
}

/** What is in use and called, or looks, so. */
export function namesLike(name: string, { keysOf, byKey }: NameIndex, except?: string): string[] {
  const found = keysOf(name).flatMap((key) => byKey.get(key) ?? []);
  return found.flatMap(({ id, label }) => (id === except ? [] : (label ?? [])));
}

export type NameClash = {
  /** The names in use that these are. */
  taken: string[];
  /** A name in use that one of these looks like without being it. */
  alike?: string;
};

/** The names in use by what they are told apart by, as far as this page has the list. */
export function useNamesInUse(): ReadonlyMap<string, string> {
  const known = useKnownTokens();
  return useMemo(() => {
    const byKey = new Map<string, string>();
    for (const token of known) if (isInUse(token)) byKey.set(nameKey(token.label), token.label);
    return byKey;
  }, [known]);
}

/**
 * How names that somebody is about to give are mistaken for those of living tokens, as far as this page has the list.
 * @param except the token that is being named.
 */
export function useNameClash(names: readonly string[], except?: string): NameClash {
  const known = useKnownTokens();
  const keysOf = useLookAlikeKeys();
  const index = useMemo(() => indexNames(known), [known]);
  const looks = useMemo(() => keysOf && indexNames(known, keysOf), [known, keysOf]);
  const taken = names.flatMap((name) => namesLike(name, index, except).slice(0, 1));
  if (taken.length > 0 || !looks) return { taken };
  return { taken, alike: names.flatMap((name) => namesLike(name, looks, except))[0] };
}

/** The table of letters that look alike is loaded where somebody types a name, and not before. */
function useLookAlikeKeys(): KeysOf | undefined {
  const [keysOf, setKeysOf] = useState<KeysOf>();
  useEffect(() => {
    let gone = false;
    // Without the table there is no warning; nothing else depends on it.
    import("./look-alikes").then(
      ({ lookAlikeKeys }) => {
        if (!gone) setKeysOf(() => lookAlikeKeys);
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, []);
  return keysOf;
}
