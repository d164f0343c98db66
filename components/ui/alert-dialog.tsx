"use client";

import { AlertDialog as Base } from "@base-ui/react/alert-dialog";
import { clsx } from "clsx";
import { type ReactNode, useRef } from "react";
import { isComposing } from "@/lib/shared/composing";
import { Button } from "./button";
import { DialogFooter, dialogPopupClass, dialogViewportClass, scrimClass } from "./dialog";
import { useLayer } from "./layers";
import { type FinalFocus, useReturnFocus } from "./return-focus";

export type AlertDialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  /** What the button does, as a verb and its object: "Revoke token". */
  confirmLabel: string;
  cancelLabel?: string;
  onConfirm: () => void;
  busy?: boolean;
  /** What is still missing: for example the name that has to be typed. */
  missing?: string;
  tone?: "danger" | "plain";
  size?: "sm" | "md" | "lg";
  finalFocus?: FinalFocus;
  children?: ReactNode;
};

const widths = { sm: "sm:max-w-sm", md: "sm:max-w-md", lg: "sm:max-w-xl" };

/** A question that must be answered before something that cannot be taken back. The focus starts on Cancel. */
export function AlertDialog(props: AlertDialogProps) {
  const { open, onOpenChange, title, description, busy = false, tone = "danger", size = "md" } = props;
  const cancel = useRef<HTMLButtonElement>(null);
  const isTop = useLayer(open);
  const returnFocus = useReturnFocus(open, props.finalFocus);
  return (
    <Base.Root
      onOpenChange={(next, details) => {
        const isForAnother = details.reason === "escape-key" && (!isTop() || isComposing(details.event));
        if (!next && (busy || isForAnother)) return details.cancel();
        onOpenChange(next);
      }}
      open={open}
    >
      <Base.Portal>
        <Base.Backdrop className={scrimClass} forceRender />
        <Base.Viewport className={dialogViewportClass}>
          <Base.Popup
            className={clsx(dialogPopupClass, widths[size])}
            finalFocus={returnFocus}
            initialFocus={cancel}
          >
            <div className="min-h-0 flex-1 overflow-y-auto px-5 pt-4 pb-5">
              <Base.Title className="wrap-anywhere font-semibold text-ink text-lg tracking-[-0.011em]">
                {title}
              </Base.Title>
              {description ? (
                <Base.Description className="mt-1 text-ink-soft text-sm" render={<div />}>
                  {description}
                </Base.Description>
              ) : null}
              {props.children ? <div className="mt-4">{props.children}</div> : null}
            </div>
            <DialogFooter>
              <Base.Close ref={cancel} render={<Button />}>
                {props.cancelLabel ?? "Cancel"}
              </Base.Close>
              <Button
                busy={busy}
                disabledReason={props.missing}
                onClick={props.onConfirm}
                variant={tone === "danger" ? "danger" : "primary"}
              >
                {props.confirmLabel}
              </Button>
            </DialogFooter>
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}
