"use client";

import {
  cloneElement,
  type FocusEvent,
  lazy,
  type PointerEvent,
  type ReactElement,
  type ReactNode,
  Suspense,
  useSyncExternalStore,
} from "react";
import { type TooltipContent, tooltipStore } from "./tooltip-store";

type Handlers = {
  onPointerEnter?: (event: PointerEvent<HTMLElement>) => void;
  onPointerLeave?: (event: PointerEvent<HTMLElement>) => void;
  onPointerDown?: (event: PointerEvent<HTMLElement>) => void;
  onFocus?: (event: FocusEvent<HTMLElement>) => void;
  onBlur?: (event: FocusEvent<HTMLElement>) => void;
};

export type TooltipProps = {
  /**
   * Made only when it is shown, where it is a function: a table has thousands that nobody looks at. Nothing shows
   * while there is none.
   */
  content: TooltipContent | undefined;
  side?: "top" | "bottom" | "left" | "right";
  /** Whether it adds to the accessible description; off where it only repeats the name. */
  describes?: boolean;
  /** A media query: it shows only where that holds, for labels that a narrow screen hides. */
  when?: string;
  /** One element that passes its props on. What is no control needs `tabIndex={0}` to be found by keyboard. */
  children: ReactElement<Handlers>;
};

/**
 * Words beside an element on hover and on focus. There is one layer for the whole page, loaded when the first tooltip
 * shows, so that a trigger costs five listeners and nothing else.
 */
export function Tooltip({ content, side = "top", describes = true, when, children }: TooltipProps) {
  if (content === undefined) return children;
  const { props } = children;
  const show = (anchor: HTMLElement, delayMs: number) => {
    if (when === undefined || matchMedia(when).matches) {
      tooltipStore.show({ anchor, content, side, describes }, delayMs);
    }
  };
  return cloneElement(children, {
    onPointerEnter: (event: PointerEvent<HTMLElement>) => {
      props.onPointerEnter?.(event);
      if (event.pointerType !== "touch") show(event.currentTarget, 350);
    },
    onPointerLeave: (event: PointerEvent<HTMLElement>) => {
      props.onPointerLeave?.(event);
      tooltipStore.hide(event.currentTarget, 120);
    },
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      props.onPointerDown?.(event);
      if (event.pointerType !== "touch") tooltipStore.hide(event.currentTarget, 0);
    },
    onFocus: (event: FocusEvent<HTMLElement>) => {
      props.onFocus?.(event);
      if (event.currentTarget.matches(":focus-visible")) show(event.currentTarget, 0);
    },
    onBlur: (event: FocusEvent<HTMLElement>) => {
      props.onBlur?.(event);
      tooltipStore.hide(event.currentTarget, 0);
    },
  });
}

const TooltipLayer = lazy(() => import("./tooltip-layer"));

/** Where tooltips appear. Once a page. */
export function TooltipRoot(): ReactNode {
  const used = useSyncExternalStore(tooltipStore.subscribe, tooltipStore.used, () => false);
  return used ? (
    <Suspense fallback={null}>
      <TooltipLayer />
    </Suspense>
  ) : null;
}
