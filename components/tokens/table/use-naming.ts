"use client";

import { type RefObject, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useToast } from "@/components/ui/toast";
import { useStepUp } from "@/lib/browser/step-up";
import { useKnownTokens } from "@/lib/browser/token-list";
import { isNameable } from "@/lib/browser/token-table/permissions";
import { type TableRow, tokensOf } from "@/lib/browser/token-table/rows";
import { usePatchToken } from "@/lib/browser/tokens";
import { isolate } from "@/lib/shared/isolate";
import { tidyText } from "@/lib/shared/visible-text";
import { faultOfSave, type NameDraft } from "./name-drafts";

/** What the field in a row can ask for. The same object for ever. */
export type NamingHandlers = {
  /** Hears of each letter: where the row goes away meanwhile, it is told what was typed. */
  typed: (id: string, text: string) => void;
  /** Saves a name while one goes on elsewhere. Where that fails the field is there again, with what was typed. */
  save: (id: string, name: string, was: string | null) => void;
  /** Opens the field of the next token without a name. */
  next: (id: string) => void;
  /** Keeps a field open that is left with what cannot be saved. */
  keep: (id: string, draft: NameDraft) => void;
  /** Closes a field; `stay` where the row should have the focus again. */
  done: (id: string, stay: boolean) => void;
};

type NamingOptions = {
  rows: readonly TableRow[];
  grid: RefObject<HTMLElement | null>;
  /** Makes a row the table's place, and brings it into sight. */
  lead: (index: number) => void;
  /** The focus back to the row where one was. */
  toRow: () => void;
};

/**
 * Naming in the rows: one field is being typed in, and names that were typed before may be on their way. Of those that
 * could not be saved the fields are open again; whoever goes on comes to them first, and then to where they were going.
 */
export function useNaming({ rows, grid, lead, toRow }: NamingOptions) {
  const [editingId, setEditingId] = useState<string | null>(null);
  const [saving, setSaving] = useState<ReadonlyMap<string, string>>(new Map());
  const [failed, setFailed] = useState<ReadonlyMap<string, NameDraft>>(new Map());
  /** Where one goes on once what could not be saved is mended; without an id it was the end of the list. */
  const [resume, setResume] = useState<{ id: string | undefined } | null>(null);
  const typed = useRef<{ id: string; text: string } | null>(null);
  /** Where the field was when it was last there, and what its token was called then. */
  const place = useRef<{ at: number; label: string | null }>({ at: 0, label: null });
  const known = useKnownTokens();
  const { mutateAsync } = usePatchToken();
  const { withStepUp } = useStepUp();
  const { toast } = useToast();

  const tokens = useMemo(() => tokensOf(rows), [rows]);
  const indexOf = (id: string) => tokens.findIndex((token) => token.id === id);
  /** The first token from there on that waits for a name. */
  const waiting = (from: number): string | undefined =>
    tokens.slice(from).find((token) => isNameable(token) && !saving.has(token.id) && !failed.has(token.id))
      ?.id;
  const forward = (id: string): string | undefined => {
    if (resume && resume.id === undefined) return undefined;
    const resumed = resume?.id === undefined ? -1 : indexOf(resume.id);
    return waiting(resumed === -1 ? indexOf(id) + 1 : resumed);
  };
  const backTo = (id: string | null): string | undefined =>
    tokens.find((token) => token.id !== id && failed.has(token.id))?.id;

  const open = (id: string) => {
    const index = rows.findIndex((row) => row.kind === "token" && row.token.id === id);
    if (index === -1) return;
    // In the same turn as the key: the field is drawn at once, however far away, and no letter goes anywhere else.
    lead(index);
    setEditingId(id);
  };

  /** What a token that has left the list is called now, where that is not what it was called. */
  const namedMeanwhile = (id: string, was: string | null): string | undefined => {
    const label = indexOf(id) === -1 ? known.find((token) => token.id === id)?.label : undefined;
    return label === null || label === was ? undefined : label;
  };

  const tell = (text: string, description: string) =>
    toast({ title: `Not saved: “${isolate(text)}”`, description, tone: "danger" });

  const comeBack = (id: string, { text, problem, was }: NameDraft) => {
    // It has left the list: what has become of it is told there.
    if (namedMeanwhile(id, was) !== undefined) return;
    const focused = document.activeElement;
    const isFree = focused === document.body || grid.current?.contains(focused);
    if (editingId === null && isFree && indexOf(id) !== -1) open(id);
    else if (!grid.current?.querySelector(`[data-token="${CSS.escape(id)}"]`)) tell(text, problem);
  };

  const goOn = (id: string) => {
    const back = backTo(id);
    const next = back ?? forward(id);
    if (back === undefined) setResume(null);
    // Called back from the way on, which is noted now: the row where one was may have gone by then.
    else if (resume === null) setResume({ id: forward(id) });
    if (next === undefined) toRow();
    else open(next);
  };

  /** Its row has gone from under the field: whoever types on must not do so in another row, where letters act. */
  const leave = (id: string) => {
    const { at, label } = place.current;
    const text = tidyText((typed.current?.id === id ? typed.current.text : failed.get(id)?.text) ?? "");
    const now = namedMeanwhile(id, label);
    setEditingId(null);
    setFailed((drafts) => without(drafts, id));
    // One's own save takes a row out of the list as well.
    if (now !== undefined && now === text) return;
    if (text !== "" && text !== label)
      tell(text, now === undefined ? "It is no longer in this list." : "Somebody named it meanwhile.");
    const next = label === null && document.activeElement === document.body ? waiting(at) : undefined;
    if (next !== undefined) open(next);
  };

  // Before the next key.
  useLayoutEffect(() => {
    for (const [id, { text, was }] of failed) {
      const now = id === editingId ? undefined : namedMeanwhile(id, was);
      if (now === undefined) continue;
      setFailed((drafts) => without(drafts, id));
      if (now !== text) tell(text, "Somebody named it meanwhile.");
    }
    if (editingId === null) return;
    const at = indexOf(editingId);
    if (at === -1) leave(editingId);
    else place.current = { at, label: tokens[at]?.label ?? null };
  });

  const latest = useRef({ goOn, comeBack, toRow });
  useLayoutEffect(() => {
    latest.current = { goOn, comeBack, toRow };
  });

  const save = useCallback(
    async (id: string, name: string, was: string | null) => {
      setSaving((now) => new Map(now).set(id, name));
      setFailed((now) => without(now, id));
      try {
        await withStepUp(() => mutateAsync({ id, patch: { label: name, was } }));
      } catch (error) {
        const draft = { text: name, was, ...faultOfSave(error) };
        setFailed((now) => new Map(now).set(id, draft));
        latest.current.comeBack(id, draft);
      } finally {
        setSaving((now) => without(now, id));
      }
    },
    [mutateAsync, withStepUp],
  );

  const handlers = useMemo((): NamingHandlers => {
    const close = (id: string) => {
      typed.current = null;
      setEditingId((now) => (now === id ? null : now));
      setFailed((now) => without(now, id));
    };
    return {
      typed: (id, text) => {
        typed.current = { id, text };
      },
      save: (id, name, was) => void save(id, name, was),
      next: (id) => {
        close(id);
        latest.current.goOn(id);
      },
      keep: (id, draft) => {
        setEditingId((now) => (now === id ? null : now));
        setFailed((now) => new Map(now).set(id, draft));
        setResume(null);
      },
      done: (id, stay) => {
        close(id);
        setResume(null);
        if (stay) latest.current.toRow();
      },
    };
  }, [save]);

  return {
    editingId,
    saving,
    failed,
    handlers,
    /** Whether another one is to be named after the one whose field is open. */
    hasNext: editingId !== null && (backTo(editingId) ?? forward(editingId)) !== undefined,
    edit: setEditingId,
    /** Opens the field of the first token without a name. */
    begin: () => {
      const first = backTo(null) ?? waiting(0);
      if (first !== undefined) open(first);
    },
  };
}

function without<T>(map: ReadonlyMap<string, T>, id: string): ReadonlyMap<string, T> {
  if (!map.has(id)) return map;
  const next = new Map(map);
  next.delete(id);
  return next;
}
