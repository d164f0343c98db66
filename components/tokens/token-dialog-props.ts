import type { Token } from "@/lib/contracts/tokens";

/** Finds what takes the focus when a dialog has closed. */
export type ReturnFocus = () => HTMLElement | null;

/** What every dialog of this feature is given. */
export type TokenDialogProps = { onClose: () => void; finalFocus: ReturnFocus };

/** A selection: those of it that allow the action, and how many do not. */
export type ManyTokens = TokenDialogProps & { tokens: Token[]; leftOut: number };
