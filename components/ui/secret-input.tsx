"use client";

import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { IconButton } from "./icon-button";
import { Input, type InputProps } from "./input";

export type SecretInputProps = Omit<InputProps, "type" | "trailing"> & {
  /** What is shown or hidden: "password", "token". */
  noun: string;
};

/** A hidden value that may be looked at while it is typed. */
export function SecretInput({ noun, ...rest }: SecretInputProps) {
  const [shown, setShown] = useState(false);
  return (
    <Input
      autoCapitalize="off"
      autoCorrect="off"
      spellCheck={false}
      {...rest}
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
      type={shown ? "text" : "password"}
    />
  );
}
