"use client";

import { Menu as Base } from "@base-ui/react/menu";
import { clsx } from "clsx";
import { Check } from "lucide-react";
import Link from "next/link";
import { type ReactNode, type RefObject, useRef } from "react";
import { landmarkOf } from "./landmark";
import type { MenuAction, MenuProps, MenuStart } from "./menu";
import { popupClass } from "./popup-class";

type MenuPopupProps = Pick<MenuProps, "sections" | "label" | "align" | "side" | "header"> & {
  anchor: RefObject<HTMLButtonElement | null>;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  start: MenuStart;
};

export default function MenuPopup(props: MenuPopupProps) {
  const sections = typeof props.sections === "function" ? props.sections() : props.sections;
  const popup = useRef<HTMLDivElement>(null);
  const focusTaken = useRef(false);
  const choose = (item: MenuAction) => {
    focusTaken.current = item.takesFocus === true;
    item.onSelect?.();
  };
  const focusStart = () => {
    const items = [...(popup.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
    if (props.start !== "popup") items.at(props.start === "first" ? 0 : -1)?.focus();
  };
  return (
    <Base.Root
      onOpenChange={(open) => {
        if (open) focusTaken.current = false;
        props.onOpenChange(open);
      }}
      onOpenChangeComplete={(open) => open && focusStart()}
      open={props.open}
    >
      <Base.Portal container={landmarkOf(props.anchor)}>
        <Base.Positioner
          align={props.align}
          anchor={props.anchor}
          className="z-[60] outline-none"
          collisionPadding={8}
          side={props.side}
          sideOffset={4}
        >
          <Base.Popup
            aria-label={props.label}
            className={clsx(popupClass, "max-h-(--available-height) min-w-48 max-w-80 overflow-y-auto p-1")}
            finalFocus={() => (focusTaken.current ? false : props.anchor.current)}
            ref={popup}
          >
            {props.header ? (
              <div className="border-line border-b px-2.5 pt-1.5 pb-2">{props.header}</div>
            ) : null}
            {sections.map((section, index) => (
              <Base.Group
                className={clsx(index > 0 && "mt-1 border-line border-t pt-1")}
                key={section.label ?? section.items[0]?.id}
              >
                {section.label ? (
                  <Base.GroupLabel className="px-2 pt-1.5 pb-1 text-ink-faint text-xs">
                    {section.label}
                  </Base.GroupLabel>
                ) : null}
                {section.items.map((item) => (
                  <Item item={item} key={item.id} onChoose={choose} />
                ))}
              </Base.Group>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

const itemClass = clsx(
  "flex min-h-8 select-none items-center gap-2.5 rounded-sm px-2 py-1 text-sm outline-none pointer-coarse:min-h-11",
  "data-highlighted:bg-hover data-disabled:cursor-not-allowed",
);

function Item({ item, onChoose }: { item: MenuAction; onChoose: (item: MenuAction) => void }) {
  const className = clsx(
    itemClass,
    item.tone === "danger" && !item.disabledReason && "text-danger data-highlighted:bg-danger-soft",
  );
  if (item.href && !item.disabledReason) {
    return (
      <Base.LinkItem className={className} closeOnClick render={<Link href={item.href} prefetch={false} />}>
        <ItemBody item={item} />
      </Base.LinkItem>
    );
  }
  return (
    <Base.Item
      className={className}
      disabled={item.disabledReason !== undefined}
      onClick={() => onChoose(item)}
      {...(item.checked === undefined ? {} : { role: "menuitemradio", "aria-checked": item.checked })}
    >
      <ItemBody item={item} />
    </Base.Item>
  );
}

function ItemBody({ item }: { item: MenuAction }): ReactNode {
  const dim = item.disabledReason !== undefined;
  return (
    <>
      {item.icon ? (
        <span
          className={clsx(
            "flex size-4 shrink-0 items-center justify-center",
            item.tone !== "danger" && "text-ink-faint",
          )}
        >
          {item.icon}
        </span>
      ) : null}
      <span className="min-w-0 flex-1">
        <span className={clsx("block", dim && "text-ink-faint")}>{item.label}</span>
        {dim ? <span className="block text-ink-faint text-xs">{item.disabledReason}</span> : null}
      </span>
      {item.checked ? <Check aria-hidden className="size-3.5 text-accent-text" /> : null}
      {item.keys && !dim ? <span className="shrink-0 pointer-coarse:hidden">{item.keys}</span> : null}
    </>
  );
}
