"use client";

import {
  type ComponentProps,
  cloneElement,
  lazy,
  type ReactElement,
  type ReactNode,
  Suspense,
  useRef,
  useState,
} from "react";

export type PopoverProps = {
  /** A button of one's own; it gets what makes it the popover's trigger. */
  trigger: ReactElement<ComponentProps<"button">>;
  /** Its accessible name. */
  label: string;
  align?: "start" | "center" | "end";
  side?: "top" | "bottom" | "left" | "right";
  className?: string;
  /** `close` puts the focus back on the trigger. */
  children: (close: () => void) => ReactNode;
};

const loadPopup = () => import("./popover-popup");
const PopoverPopup = lazy(loadPopup);

/** A small panel beside its button; loaded when somebody reaches for it. */
export function Popover({
  trigger,
  label,
  align = "start",
  side = "bottom",
  className,
  children,
}: PopoverProps) {
  const anchor = useRef<HTMLButtonElement | null>(null);
  const [open, setOpen] = useState(false);
  const [used, setUsed] = useState(false);
  const { props } = trigger;
  const button = cloneElement(trigger, {
    "aria-haspopup": "dialog",
    "aria-expanded": open,
    ...(open ? { "data-popup-open": "" } : {}),
    onPointerEnter: (event) => {
      void loadPopup();
      props.onPointerEnter?.(event);
    },
    onClick: (event) => {
      props.onClick?.(event);
      anchor.current = event.currentTarget;
      setUsed(true);
      setOpen(!open);
    },
  });
  return (
    <>
      {button}
      {used ? (
        <Suspense fallback={null}>
          <PopoverPopup
            align={align}
            anchor={anchor}
            className={className}
            label={label}
            onOpenChange={setOpen}
            open={open}
            side={side}
          >
            {children(() => setOpen(false))}
          </PopoverPopup>
        </Suspense>
      ) : null}
    </>
  );
}
