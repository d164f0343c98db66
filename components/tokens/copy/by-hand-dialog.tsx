"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/textarea";
import type { Token } from "@/lib/contracts/tokens";
import { nameOf } from "../token-words";

const shownSeconds = 30;

type ByHandDialogProps = {
  token: Token;
  /** Writes the text into the field. */
  fill: (field: HTMLTextAreaElement) => void;
  onClose: () => void;
};

/** Where the browser refused the clipboard: the text in a field, to copy by hand, for half a minute. */
export default function ByHandDialog({ token, fill, onClose }: ByHandDialogProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [left, setLeft] = useState(shownSeconds);
  const attach = useCallback(
    (element: HTMLTextAreaElement | null) => {
      field.current = element;
      if (element) fill(element);
    },
    [fill],
  );

  useEffect(() => {
    const timer = setInterval(() => setLeft((seconds) => seconds - 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left <= 0) onClose();
  }, [left, onClose]);

  return (
    <Dialog
      description={
        <>
          The browser did not let the desk use the clipboard. Select it and copy it by hand.{" "}
          <bdi className="font-medium text-ink">{nameOf(token)}</bdi>
        </>
      }
      footer={
        <Button onClick={onClose} variant="primary">
          Done
        </Button>
      }
      initialFocus={field}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      open
      title="Copy it by hand"
    >
      <Field hint={`It goes away in ${Math.max(0, left)} s.`} label="Token">
        <Textarea
          autoComplete="off"
          className="break-all font-mono"
          onFocus={(event) => event.currentTarget.select()}
          readOnly
          ref={attach}
          spellCheck={false}
        />
      </Field>
    </Dialog>
  );
}
