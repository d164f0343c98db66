"use client";

import dynamic from "next/dynamic";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import type { Token } from "@/lib/contracts/tokens";
import type { ReturnFocus, TokenDialogProps } from "./token-dialog-props";

/** The dialogs of this feature. Each is a chunk of its own: the page is there before any of them is needed. */
export type TokenDialog =
  | { kind: "mint" }
  | { kind: "edit"; token: Token }
  | { kind: "label-many"; tokens: Token[]; leftOut: number }
  | { kind: "name-many"; tokens: Token[]; leftOut: number; onNamed?: () => void }
  | { kind: "unseal"; token: Token }
  | { kind: "revoke"; token: Token }
  | { kind: "revoke-many"; tokens: Token[]; leftOut: number }
  | { kind: "revoke-value" };

/** A text for copying by hand; it lies above whatever else is open. */
export type ByHand = { token: Token; fill: (field: HTMLTextAreaElement) => void };

const MintDialog = dynamic(() => import("./mint-dialog"), { ssr: false });
const EditDialog = dynamic(() => import("./edit/edit-dialog"), { ssr: false });
const LabelManyDialog = dynamic(() => import("./edit/label-many-dialog"), { ssr: false });
const NameManyDialog = dynamic(() => import("./edit/name-many-dialog"), { ssr: false });
const UnsealDialog = dynamic(() => import("./edit/unseal-dialog"), { ssr: false });
const RevokeDialog = dynamic(() => import("./revoke/revoke-dialog"), { ssr: false });
const RevokeManyDialog = dynamic(() => import("./revoke/revoke-many-dialog"), { ssr: false });
const RevokeValueDialog = dynamic(() => import("./revoke/revoke-value-dialog"), { ssr: false });
const ByHandDialog = dynamic(() => import("./copy/by-hand-dialog"), { ssr: false });

type TokenDialogs = {
  open: (dialog: TokenDialog) => void;
  showByHand: (byHand: ByHand) => void;
  /** The table says where the focus goes after a dialog about its rows: to the row, or to the one after it. */
  setReturnFocus: (find: ReturnFocus | null) => void;
};

const Context = createContext<TokenDialogs>({
  open: () => undefined,
  showByHand: () => undefined,
  setReturnFocus: () => undefined,
});

export function useTokenDialogs(): TokenDialogs {
  return useContext(Context);
}

/** Holds which dialog is open. One at a time; a question of the session may lie above it. */
export function TokenDialogsProvider({ children }: { children: ReactNode }) {
  const [dialog, setDialog] = useState<TokenDialog | null>(null);
  const [byHand, setByHand] = useState<ByHand | null>(null);
  const findRow = useRef<ReturnFocus | null>(null);
  const opener = useRef<HTMLElement | null>(null);
  const value = useMemo(
    () => ({
      open: (next: TokenDialog) => {
        opener.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
        setDialog(next);
      },
      showByHand: setByHand,
      setReturnFocus: (find: ReturnFocus | null) => {
        findRow.current = find;
      },
    }),
    [],
  );
  const close = useCallback(() => setDialog(null), []);
  const finalFocus = useCallback(() => {
    const before = opener.current;
    // A row that is gone, or a menu that has closed, cannot take the focus back.
    if (before?.isConnected && before.closest("[role=menu]") === null && before !== document.body)
      return before;
    return findRow.current?.() ?? document.querySelector("main");
  }, []);
  return (
    <Context value={value}>
      {children}
      {dialog ? <Open dialog={dialog} finalFocus={finalFocus} onClose={close} /> : null}
      {byHand ? <ByHandDialog {...byHand} onClose={() => setByHand(null)} /> : null}
    </Context>
  );
}

type OpenProps = TokenDialogProps & { dialog: TokenDialog };

function Open({ dialog, ...rest }: OpenProps) {
  switch (dialog.kind) {
    case "mint":
      return <MintDialog {...rest} />;
    case "edit":
      return <EditDialog {...rest} token={dialog.token} />;
    case "label-many":
      return <LabelManyDialog {...rest} leftOut={dialog.leftOut} tokens={dialog.tokens} />;
    case "name-many":
      return (
        <NameManyDialog {...rest} leftOut={dialog.leftOut} onNamed={dialog.onNamed} tokens={dialog.tokens} />
      );
    case "unseal":
      return <UnsealDialog {...rest} token={dialog.token} />;
    case "revoke":
      return <RevokeDialog {...rest} token={dialog.token} />;
    case "revoke-many":
      return <RevokeManyDialog {...rest} leftOut={dialog.leftOut} tokens={dialog.tokens} />;
    case "revoke-value":
      return <RevokeValueDialog {...rest} />;
  }
}
