"use client";

import { useState } from "react";
import MintDialog from "@/components/tokens/mint-dialog";
import RevokeValueDialog from "@/components/tokens/revoke/revoke-value-dialog";
import { TokenDialogsProvider } from "@/components/tokens/token-dialogs";

export type TokenDialogKind = "mint" | "revoke-value";
type TokenDialogProps = { kind: TokenDialogKind; onClose: () => void };

/** The tokens' dialogs where their own page is not around; the focus goes back to where it was. */
export default function TokenDialog({ kind, onClose }: TokenDialogProps) {
  const [before] = useState(() => document.activeElement);
  const finalFocus = () => (before instanceof HTMLElement && before.isConnected ? before : null);
  const Chosen = kind === "mint" ? MintDialog : RevokeValueDialog;
  return (
    <TokenDialogsProvider>
      <Chosen finalFocus={finalFocus} onClose={onClose} />
    </TokenDialogsProvider>
  );
}
