"use client";

import { Tooltip as Base } from "@base-ui/react/tooltip";
import { useEffect, useId, useSyncExternalStore } from "react";
import { isComposing } from "@/lib/shared/composing";
import { tooltipStore } from "./tooltip-store";

/** The one tooltip of the page. It can be hovered, and Esc takes it away (WCAG 1.4.13). */
export default function TooltipLayer() {
  const id = useId();
  const request = useSyncExternalStore(tooltipStore.subscribe, tooltipStore.current, () => null);
  const anchor = request?.anchor;
  const describes = request?.describes ?? false;

  useEffect(() => {
    if (!anchor || !describes) return;
    const before = anchor.getAttribute("aria-describedby");
    anchor.setAttribute("aria-describedby", before ? `${before} ${id}` : id);
    return () => {
      if (before) anchor.setAttribute("aria-describedby", before);
      else anchor.removeAttribute("aria-describedby");
    };
  }, [anchor, describes, id]);

  useEffect(() => {
    if (!anchor) return;
    const onKey = (event: KeyboardEvent) => {
      if (!isComposing(event) && event.key === "Escape") tooltipStore.hide(null, 0);
    };
    // An anchor that goes with its dialog or row gives no blur.
    const hideWithAnchor = () => {
      if (!anchor.isConnected) tooltipStore.hide(null, 0);
    };
    hideWithAnchor();
    const observer = new MutationObserver(hideWithAnchor);
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener("keydown", onKey);
    return () => {
      observer.disconnect();
      document.removeEventListener("keydown", onKey);
    };
  }, [anchor]);

  if (!request) return null;
  const { content, side } = request;
  return (
    <Base.Root open>
      <Base.Portal>
        <Base.Positioner anchor={anchor} className="z-[70]" collisionPadding={8} side={side} sideOffset={6}>
          <Base.Popup
            className="max-w-72 text-balance rounded-sm bg-ink px-2 py-1 text-canvas text-xs shadow-popup"
            id={id}
            onPointerEnter={tooltipStore.keep}
            onPointerLeave={() => tooltipStore.hide(null, 120)}
            role="tooltip"
          >
            {typeof content === "function" ? content() : content}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
