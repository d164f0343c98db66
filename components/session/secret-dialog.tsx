"use client";

import { type ReactNode, useRef, useState } from "react";
import { useForm } from "react-hook-form";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { NextStep } from "@/components/ui/countdown";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { SecretInput } from "@/components/ui/secret-input";
import { TokenField, usePastedToken } from "@/components/ui/token-field";
import { ApiError } from "@/lib/browser/api";
import { problemWords } from "@/lib/browser/problem-words";
import { passwordFault } from "@/lib/shared/credentials";

/** What was typed, as the API takes it. */
export type Proof = { password: string } | { apiToken: string; asIs?: true };
export type SecretSubmit = (proof: Proof) => Promise<void>;

type SecretDialogProps = {
  title: string;
  description: ReactNode;
  icon: ReactNode;
  /** Which secret is asked for. */
  method: "password" | "token";
  /** For password managers, which otherwise cannot know whose password it is. */
  userName: string;
  action: string;
  cancelLabel?: string;
  /** Whether Esc cancels. Off where cancelling loses the page. */
  dismissible?: boolean;
  onSubmit: SecretSubmit;
  onCancel: () => void;
};

const wrongSecret = new Set(["step_up_failed", "invalid_credentials", "token_unusable"]);

function wordsOf(error: unknown, method: "password" | "token") {
  if (error instanceof ApiError && wrongSecret.has(error.code)) {
    return method === "token"
      ? "This token is not one of this portal user, or no longer works."
      : "The portal did not accept this password.";
  }
  return null;
}

/** One secret, asked for above whatever is going on. It lives in this form, and goes with it. */
export function SecretDialog(props: SecretDialogProps) {
  const {
    title,
    description,
    icon,
    method,
    userName,
    action,
    cancelLabel = "Cancel",
    dismissible = true,
    onSubmit,
    onCancel,
  } = props;
  const { register, handleSubmit, setFocus, formState } = useForm({ defaultValues: { secret: "" } });
  const [error, setError] = useState<unknown>(null);
  const field = useRef<HTMLInputElement | null>(null);
  const secretField = register("secret", {
    validate: (typed) => method === "token" || passwordFault(typed, "Type the password") || true,
  });
  const pasted = usePastedToken();
  const fieldError = formState.errors.secret?.message ?? wordsOf(error, method);

  const submit = handleSubmit(async ({ secret }) => {
    setError(null);
    const token = method === "token" ? pasted.read(secret) : undefined;
    if (method === "token" && !token) return setFocus("secret", { shouldSelect: true });
    try {
      await onSubmit(token ? { apiToken: token.token, asIs: token.asIs } : { password: secret });
    } catch (thrown) {
      setError(thrown);
      setFocus("secret", { shouldSelect: true });
    }
  });
  const attach = (element: HTMLInputElement | null) => {
    secretField.ref(element);
    field.current = element;
  };
  const words = error && !fieldError ? problemWords(error) : null;
  return (
    <Dialog
      description={description}
      dismissible={dismissible}
      icon={icon}
      initialFocus={field}
      onOpenChange={(open) => {
        if (!open && !formState.isSubmitting) onCancel();
      }}
      open
      size="sm"
      title={title}
    >
      <form className="grid gap-4" method="post" noValidate onSubmit={submit}>
        {method === "token" ? (
          <TokenField
            {...secretField}
            error={fieldError}
            label="API token"
            onAgain={() => void submit()}
            pasted={pasted}
            ref={attach}
          />
        ) : (
          <>
            <input autoComplete="username" className="hidden" name="username" readOnly value={userName} />
            <Field error={fieldError} label="Password">
              <SecretInput {...secretField} autoComplete="current-password" noun="password" ref={attach} />
            </Field>
          </>
        )}
        {words ? (
          <Banner announce title={words.title} tone="warn">
            <NextStep {...words} answer={error} />
          </Banner>
        ) : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onCancel}>{cancelLabel}</Button>
          <Button busy={formState.isSubmitting} type="submit" variant="primary">
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
