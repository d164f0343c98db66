"use client";

import { Check } from "lucide-react";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import type { Token } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";
import { CopyIcon } from "../table/row-icons";
import { nameOf } from "../token-words";

type CopyButtonProps = {
  token: Token;
  phase: "busy" | "copied" | undefined;
  onCopy: (token: Token) => void;
  /** Why it cannot be copied. */
  disabledReason?: string;
  tabIndex?: number;
  size?: "sm" | "md";
  /** With its word beside the icon. */
  worded?: boolean;
};

/** Copies, and shows for two seconds that it has. */
export function CopyButton(props: CopyButtonProps) {
  const { token, phase, onCopy, disabledReason, tabIndex, size = "sm", worded = false } = props;
  const icon =
    phase === "copied" ? (
      <Check aria-hidden className="size-3.5 text-good-strong" strokeWidth={2.5} />
    ) : (
      <CopyIcon className="size-3.5" />
    );
  if (worded) {
    return (
      <Button
        aria-label={`Copy ${isolate(nameOf(token))}`}
        busy={phase === "busy"}
        icon={icon}
        onClick={() => onCopy(token)}
        size="sm"
      >
        Copy
      </Button>
    );
  }
  return (
    <IconButton
      aria-disabled={disabledReason ? true : undefined}
      busy={phase === "busy"}
      className="aria-disabled:opacity-45"
      icon={icon}
      label={disabledReason ?? `Copy ${isolate(nameOf(token))}`}
      onClick={() => onCopy(token)}
      size={size}
      tabIndex={tabIndex}
    />
  );
}
