/** Which tokens are ticked, and where a shift-click's range begins. */
export type Selection = { ids: ReadonlySet<string>; anchor: string | null };

export const nothingSelected: Selection = { ids: new Set(), anchor: null };

/** Ticks or unticks one token. */
export function toggleOne(selection: Selection, id: string): Selection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchor: id };
}

/**
 * Gives all tokens between the anchor and this one (both included, in the order shown) the state that this one
 * gets. Without an anchor among the shown tokens it is a plain click.
 */
export function toggleRange(selection: Selection, id: string, shown: readonly string[]): Selection {
  const from = selection.anchor === null ? -1 : shown.indexOf(selection.anchor);
  const to = shown.indexOf(id);
  if (from === -1 || to === -1) return toggleOne(selection, id);
  const ids = new Set(selection.ids);
  const tick = !ids.has(id);
  for (const between of shown.slice(Math.min(from, to), Math.max(from, to) + 1)) {
    if (tick) ids.add(between);
    else ids.delete(between);
  }
  return { ids, anchor: id };
}

/** Ticks every shown token, or unticks them when all are ticked; ticked tokens that a filter hides stay ticked. */
export function toggleShown(selection: Selection, shown: readonly string[]): Selection {
  const ids = new Set(selection.ids);
  const all = shown.length > 0 && shown.every((id) => ids.has(id));
  for (const id of shown) {
    if (all) ids.delete(id);
    else ids.add(id);
  }
  return { ids, anchor: null };
}

/** Drops what is not in the list any more. The same object comes back where nothing changed. */
export function keepKnown(selection: Selection, known: ReadonlySet<string>): Selection {
  const ids = new Set([...selection.ids].filter((id) => known.has(id)));
  return ids.size === selection.ids.size ? selection : { ids, anchor: null };
}
