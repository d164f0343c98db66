"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import { clsx } from "clsx";
import { X } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { isComposing } from "@/lib/shared/composing";
import { IconButton } from "./icon-button";
import { useLayer } from "./layers";
import { type FinalFocus, useReturnFocus } from "./return-focus";

export type DialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  /** Before the title. */
  icon?: ReactNode;
  size?: "sm" | "md" | "lg" | "xl";
  /** Where the focus starts; otherwise at the first control. */
  initialFocus?: RefObject<HTMLElement | null>;
  /** Where the focus goes afterwards; otherwise back to where it was. */
  finalFocus?: FinalFocus;
  /** Whether a press outside closes it. Off for forms: a slip would lose what was typed. */
  closeOnOutsidePress?: boolean;
  /** Whether anything but its own buttons closes it. */
  dismissible?: boolean;
  footer?: ReactNode;
  children?: ReactNode;
};

const widths = { sm: "sm:max-w-sm", md: "sm:max-w-md", lg: "sm:max-w-xl", xl: "sm:max-w-3xl" };

export const dialogPopupClass = clsx(
  "pointer-events-auto flex max-h-[calc(100dvh-1rem)] w-full flex-col overflow-hidden rounded-xl border border-line-strong bg-raised text-ink shadow-dialog outline-none",
  "transition-[opacity,translate,scale] duration-150 ease-out data-ending-style:scale-[0.985] data-ending-style:opacity-0",
  "data-starting-style:translate-y-1.5 data-starting-style:scale-[0.985] data-starting-style:opacity-0 sm:max-h-[min(46rem,calc(100dvh-4rem))]",
);
export const scrimClass =
  "fixed inset-0 z-50 bg-scrim transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0";
export const dialogViewportClass =
  "pointer-events-none fixed inset-0 z-50 flex items-end justify-center p-2 sm:items-center sm:p-8";

/** A question or a form above the page. On a phone it rises from the bottom edge. */
export function Dialog(props: DialogProps) {
  const { open, onOpenChange, title, description, icon, size = "md", dismissible = true } = props;
  const isTop = useLayer(open);
  const returnFocus = useReturnFocus(open, props.finalFocus);
  return (
    <Base.Root
      disablePointerDismissal={!props.closeOnOutsidePress}
      onOpenChange={(next, details) => {
        const explicit = details.reason === "close-press" || details.reason === "imperative-action";
        if (!next && !explicit && (!dismissible || !isTop() || isComposing(details.event)))
          return details.cancel();
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
            initialFocus={props.initialFocus}
          >
            <header className="flex items-start gap-3 px-5 pt-4 pb-3">
              {icon ? <span className="mt-0.5 shrink-0">{icon}</span> : null}
              <div className="min-w-0 flex-1">
                <Base.Title className="wrap-anywhere font-semibold text-ink text-lg tracking-[-0.011em]">
                  {title}
                </Base.Title>
                {description ? (
                  <Base.Description className="mt-0.5 text-ink-soft text-sm" render={<div />}>
                    {description}
                  </Base.Description>
                ) : null}
              </div>
              {dismissible ? (
                <Base.Close
                  render={
                    <IconButton
                      className="-mt-1 -mr-2"
                      icon={<X aria-hidden className="size-4" />}
                      label="Close"
                      tooltip={false}
                    />
                  }
                />
              ) : null}
            </header>
            <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{props.children}</div>
            {props.footer ? <DialogFooter>{props.footer}</DialogFooter> : null}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}

/** The row of buttons; also for forms that bring their own, at the end of the body. */
export function DialogFooter({ children }: { children: ReactNode }) {
  return (
    <footer className="flex shrink-0 flex-wrap items-center justify-end gap-2 border-line border-t bg-surface px-5 py-3">
      {children}
    </footer>
  );
}
