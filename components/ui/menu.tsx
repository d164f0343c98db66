"use client";

import {
  type ComponentProps,
  cloneElement,
  type KeyboardEvent,
  lazy,
  type ReactElement,
  type ReactNode,
  Suspense,
  useRef,
  useState,
} from "react";
import { isComposing } from "@/lib/shared/composing";

export type MenuAction = {
  id: string;
  label: string;
  icon?: ReactNode;
  /** The key that does the same. */
  keys?: ReactNode;
  tone?: "plain" | "danger";
  /** Why it cannot be done: the item stays, unusable, with these words under it. */
  disabledReason?: string;
  /** A link instead of an action. */
  href?: string;
  /** Ticked, for choices. */
  checked?: boolean;
  /** It puts the focus somewhere itself: the menu's button does not get it back. */
  takesFocus?: boolean;
  onSelect?: () => void;
};
export type MenuSection = { label?: string; items: MenuAction[] };

export type MenuProps = {
  /** A button of one's own; it gets what makes it the menu's trigger. */
  trigger: ReactElement<ComponentProps<"button">>;
  sections: MenuSection[] | (() => MenuSection[]);
  /** The menu's own name, for those who do not see its trigger. */
  label: string;
  align?: "start" | "center" | "end";
  side?: "top" | "bottom" | "left" | "right";
  /** Shown above the items. */
  header?: ReactNode;
};

/** Where the focus goes: to an item when the keyboard opened it, else to the menu as a whole. */
export type MenuStart = "popup" | "first" | "last";

const loadPopup = () => import("./menu-popup");
const MenuPopup = lazy(loadPopup);

/**
 * A list of actions behind a button. The menu itself is loaded when somebody reaches for the button: rows of a table
 * have one each, and most are never opened.
 */
export function Menu({ trigger, sections, label, align = "end", side = "bottom", header }: MenuProps) {
  const anchor = useRef<HTMLButtonElement | null>(null);
  const [open, setOpen] = useState(false);
  const [used, setUsed] = useState(false);
  const [start, setStart] = useState<MenuStart>("popup");
  const show = (button: HTMLButtonElement, from: MenuStart) => {
    anchor.current = button;
    setStart(from);
    setUsed(true);
    setOpen(true);
  };
  const { props } = trigger;
  const button = cloneElement(trigger, {
    "aria-haspopup": "menu",
    "aria-expanded": open,
    ...(open ? { "data-popup-open": "" } : {}),
    onPointerEnter: (event) => {
      void loadPopup();
      props.onPointerEnter?.(event);
    },
    onClick: (event) => {
      props.onClick?.(event);
      // A click without a pointer is Enter or Space.
      if (!event.defaultPrevented) show(event.currentTarget, event.detail === 0 ? "first" : "popup");
    },
    onKeyDown: (event: KeyboardEvent<HTMLButtonElement>) => {
      props.onKeyDown?.(event);
      if (isComposing(event) || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
      event.preventDefault();
      event.stopPropagation();
      show(event.currentTarget, event.key === "ArrowDown" ? "first" : "last");
    },
  });
  return (
    <>
      {button}
      {used ? (
        <Suspense fallback={null}>
          <MenuPopup
            align={align}
            anchor={anchor}
            header={header}
            label={label}
            onOpenChange={setOpen}
            open={open}
            sections={sections}
            side={side}
            start={start}
          />
        </Suspense>
      ) : null}
    </>
  );
}
