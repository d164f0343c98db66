"use client";

import { type RefObject, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useToast } from "@/components/ui/toast";
import { problemWords } from "@/lib/browser/problem-words";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { isNameable } from "@/lib/browser/token-table/permissions";
import { type TableRow, tokensOf } from "@/lib/browser/token-table/rows";
import { usePatchToken } from "@/lib/browser/tokens";
import { isolate } from "@/lib/shared/isolate";

/** What could not be saved, and why. */
export type NameDraft = { text: string; problem: string };

/** What the field in a row can ask for. The same object for ever. */
export type NamingHandlers = {
  /** Saves a name while one goes on elsewhere. Where that fails the field is there again, with what was typed. */
  save: (id: string, name: string) => void;
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
 * could not be saved the fields are open again; whoever goes on comes to them first.
 */
export function useNaming({ rows, grid, lead, toRow }: NamingOptions) {
  const [editingId, setEditingId] = useState<string | null>(null);
  const [saving, setSaving] = useState<ReadonlyMap<string, string>>(new Map());
  const [failed, setFailed] = useState<ReadonlyMap<string, NameDraft>>(new Map());
  const { mutateAsync } = usePatchToken();
  const { withStepUp } = useStepUp();
  const { toast } = useToast();

  const tokens = useMemo(() => tokensOf(rows), [rows]);
  const nextAfter = (id: string | null): string | undefined => {
    const back = tokens.find((token) => token.id !== id && failed.has(token.id));
    if (back) return back.id;
    const from = tokens.findIndex((token) => token.id === id) + 1;
    const isOpen = (index: number) => {
      const token = tokens[index];
      return token !== undefined && isNameable(token) && !saving.has(token.id);
    };
    for (let at = from; at < tokens.length; at += 1) if (isOpen(at)) return tokens[at]?.id;
    return undefined;
  };

  const open = (id: string) => {
    const index = rows.findIndex((row) => row.kind === "token" && row.token.id === id);
    if (index === -1) return;
    // In the same turn as the key: the field is drawn at once, however far away, and no letter goes anywhere else.
    lead(index);
    setEditingId(id);
  };

  const comeBack = (id: string, { text, problem }: NameDraft) => {
    const focused = document.activeElement;
    const isFree = focused === document.body || grid.current?.contains(focused);
    if (editingId === null && isFree) open(id);
    else if (!grid.current?.querySelector(`[data-token="${CSS.escape(id)}"]`))
      toast({ title: `Not saved: “${isolate(text)}”`, description: problem, tone: "danger" });
  };

  const latest = useRef({ nextAfter, open, comeBack, toRow });
  useLayoutEffect(() => {
    latest.current = { nextAfter, open, comeBack, toRow };
  });

  const save = useCallback(
    async (id: string, name: string) => {
      setSaving((now) => new Map(now).set(id, name));
      setFailed((now) => without(now, id));
      try {
        await withStepUp(() => mutateAsync({ id, patch: { label: name } }));
      } catch (error) {
        const draft = { text: name, problem: reasonOf(error) };
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
      setEditingId((now) => (now === id ? null : now));
      setFailed((now) => without(now, id));
    };
    return {
      save: (id, name) => void save(id, name),
      next: (id) => {
        close(id);
        const next = latest.current.nextAfter(id);
        if (next !== undefined) latest.current.open(next);
      },
      keep: (id, draft) => {
        setEditingId((now) => (now === id ? null : now));
        setFailed((now) => new Map(now).set(id, draft));
      },
      done: (id, stay) => {
        close(id);
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
    hasNext: editingId !== null && nextAfter(editingId) !== undefined,
    edit: setEditingId,
    /** Opens the field of the first token without a name. */
    begin: () => {
      const first = nextAfter(null);
      if (first !== undefined) open(first);
    },
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof StepUpCancelled) return "Not saved: sign in again, then save it once more";
  const words = problemWords(error);
  return `${words.title}. ${words.next}`;
}

function without<T>(map: ReadonlyMap<string, T>, id: string): ReadonlyMap<string, T> {
  if (!map.has(id)) return map;
  const next = new Map(map);
  next.delete(id);
  return next;
}
