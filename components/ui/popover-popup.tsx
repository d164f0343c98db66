"use client";

import { Popover as Base } from "@base-ui/react/popover";
import { clsx } from "clsx";
import type { ReactNode, RefObject } from "react";
import { isComposing } from "@/lib/shared/composing";
import { landmarkOf } from "./landmark";
import { useLayer } from "./layers";
import type { PopoverProps } from "./popover";
import { popupClass } from "./popup-class";

type PopoverPopupProps = Pick<PopoverProps, "label" | "align" | "side" | "className"> & {
  anchor: RefObject<HTMLButtonElement | null>;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  children: ReactNode;
};

export default function PopoverPopup({
  label,
  align,
  side,
  className,
  anchor,
  open,
  onOpenChange,
  children,
}: PopoverPopupProps) {
  // It lies above the palette, which would come up under it.
  useLayer(open);
  return (
    <Base.Root
      onOpenChange={(next, details) => {
        if (isComposing(details.event)) return details.cancel();
        // A press on the trigger toggles by itself; closing here first would open it again.
        const target = details.event.target;
        if (!next && target instanceof Node && anchor.current?.contains(target)) return details.cancel();
        onOpenChange(next);
      }}
      open={open}
    >
      <Base.Portal container={landmarkOf(anchor)}>
        <Base.Positioner
          align={align}
          anchor={anchor}
          className="z-[60] outline-none"
          collisionPadding={8}
          side={side}
          sideOffset={6}
        >
          <Base.Popup
            aria-label={label}
            className={clsx(
              popupClass,
              "max-h-(--available-height) max-w-[calc(100vw-1rem)] overflow-y-auto p-3",
              className,
            )}
            finalFocus={anchor}
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
