/** Finds what takes the focus when a dialog has closed. */
export type ReturnFocus = () => HTMLElement | null;

/** What every dialog of this feature is given. */
export type TokenDialogProps = { onClose: () => void; finalFocus: ReturnFocus };
