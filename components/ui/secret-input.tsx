"use client";

import { clsx } from "clsx";
import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { IconButton } from "./icon-button";
import { Input, type InputProps } from "./input";

export type SecretInputProps = Omit<InputProps, "type" | "trailing" | "autoComplete"> & {
  /** What is shown or hidden: "password", "token". */
  noun: string;
  /** Where password managers may fill and save it: whoever signs in to the desk does so with it. */
  autoComplete?: "current-password";
};

/** Each password manager has a mark of its own for what it must leave alone; browsers go by the type. */
export const unmanaged = {
  autoComplete: "off",
  "data-1p-ignore": true,
  "data-bwignore": true,
  "data-form-type": "other",
  "data-lpignore": "true",
  "data-protonpass-ignore": true,
} as const;

/**
 * A hidden value that may be looked at while it is typed. What is not a person's own password is no password field: saved or
 * filled in by a browser it would be another's.
 */
export function SecretInput({ noun, autoComplete, className, ...rest }: SecretInputProps) {
  const [shown, setShown] = useState(false);
  const managed = autoComplete !== undefined;
  return (
    <Input
      autoCapitalize="off"
      autoCorrect="off"
      spellCheck={false}
      {...(managed ? { autoComplete } : unmanaged)}
      {...rest}
      className={clsx(className, !managed && !shown && "[-webkit-text-security:disc]")}
      trailing={
        <IconButton
          aria-pressed={shown}
          className="pointer-coarse:size-9"
          icon={shown ? <EyeOff aria-hidden className="size-4" /> : <Eye aria-hidden className="size-4" />}
          label={`Show ${noun}`}
          onClick={() => setShown(!shown)}
          size="sm"
          tooltip={false}
        />
      }
      type={managed && !shown ? "password" : "text"}
    />
  );
}
