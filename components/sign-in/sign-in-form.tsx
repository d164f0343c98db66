"use client";

import { useEffect, useState } from "react";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { SecretInput } from "@/components/ui/secret-input";
import { TokenField, usePastedToken } from "@/components/ui/token-field";
import { lastPortal, rememberPortal } from "@/lib/browser/preferences";
import { tellOtherTabs } from "@/lib/browser/session-channel";
import { useSignIn } from "@/lib/browser/sign-in";
import type { PortalList } from "@/lib/contracts/sessions";
import { passwordFault, userNameFault } from "@/lib/shared/credentials";
import { PortalChooser } from "./portal-chooser";
import { SignInBanner } from "./sign-in-banner";
import { type SignInProblem, signInProblem } from "./sign-in-problem";

type SignInFormProps = {
  portals: PortalList;
  next: string;
  /** Whether typing may begin at once: there is nothing above the form that has to be read first. */
  takesFocus: boolean;
};

type CredentialsForm = {
  portal: string;
  method: "password" | "token";
  username: string;
  password: string;
  apiToken: string;
};

/** Switching between password and token keeps what was typed in both; one of them is sent, a password exactly as typed. */
export function SignInForm({ portals, next, takesFocus }: SignInFormProps) {
  const form = useForm<CredentialsForm>({
    defaultValues: {
      portal: portals.items[0]?.id ?? "",
      method: "password",
      username: "",
      password: "",
      apiToken: "",
    },
  });
  const signIn = useSignIn();
  const pasted = usePastedToken();
  const [problem, setProblem] = useState<SignInProblem | null>(null);
  const [tries, setTries] = useState(0);
  const method = form.watch("method");
  const { errors } = form.formState;

  useEffect(() => {
    const last = lastPortal();
    if (last && portals.items.some((portal) => portal.id === last)) form.setValue("portal", last);
  }, [form, portals]);

  useEffect(() => {
    // On a phone the keyboard would cover half the page; and who is somewhere already stays there.
    const isWide = matchMedia("(min-width: 64rem) and (hover: hover)").matches;
    if (takesFocus && isWide && document.activeElement === document.body) form.setFocus("username");
  }, [form, takesFocus]);

  const submit = form.handleSubmit(async (values) => {
    setProblem(null);
    const { portal, username, password } = values;
    const token = values.method === "token" ? pasted.read(values.apiToken) : undefined;
    if (values.method === "token" && !token) return form.setFocus("apiToken", { shouldSelect: true });
    try {
      await signIn.mutateAsync(
        token
          ? { portal, apiToken: token.token, asIs: token.asIs }
          : { portal, username: username.trim(), password },
      );
      rememberPortal(values.portal);
      tellOtherTabs("signed-in");
      // A whole new document: nothing of whoever sat here before is left in memory.
      location.assign(next);
    } catch (error) {
      const name = portals.items.find((portal) => portal.id === values.portal)?.name ?? "The portal";
      const found = signInProblem(error, values.method, name);
      setProblem(found);
      setTries((before) => before + 1);
      if (found.field)
        form.setFocus(values.method === "token" ? "apiToken" : "password", { shouldSelect: true });
    }
  });

  const busy = signIn.isPending || signIn.isSuccess;
  return (
    <form className="grid gap-4" method="post" noValidate onSubmit={submit}>
      <PortalChooser
        onChange={(id) => form.setValue("portal", id)}
        portals={portals.items}
        value={form.watch("portal")}
      />
      {method === "password" ? (
        <>
          <Field error={errors.username?.message} label="E-mail">
            <Input
              {...form.register("username", {
                validate: (typed) =>
                  userNameFault(typed, "Type the e-mail that you use in the portal") ?? true,
              })}
              autoCapitalize="off"
              autoComplete="username"
              className="h-10"
              inputMode="email"
              key="username"
              placeholder="you@company.com"
              spellCheck={false}
            />
          </Field>
          <Field error={errors.password?.message} label="Password">
            <SecretInput
              {...form.register("password", {
                validate: (typed) =>
                  passwordFault(typed, "Type the password that you use in the portal") ?? true,
              })}
              autoComplete="current-password"
              className="h-10"
              key="password"
              noun="password"
            />
          </Field>
        </>
      ) : (
        <TokenField
          {...form.register("apiToken")}
          className="h-10"
          hint="Any API token of the portal user signs you in as that user, with that user's rights."
          label="API token"
          onAgain={() => void submit()}
          pasted={pasted}
        />
      )}
      {problem ? <SignInBanner key={tries} problem={problem} /> : null}
      <Button busy={busy} size="lg" type="submit" variant="primary">
        {busy ? "Signing in…" : "Sign in"}
      </Button>
      {portals.tokenSignIn ? (
        <button
          className="mx-auto min-h-6 rounded-sm px-1 text-accent-text text-sm underline decoration-accent-line underline-offset-3 hover:decoration-current pointer-coarse:min-h-11"
          onClick={() => {
            setProblem(null);
            form.setValue("method", method === "password" ? "token" : "password");
          }}
          type="button"
        >
          {method === "password" ? "Use an API token instead" : "Use e-mail and password instead"}
        </button>
      ) : null}
    </form>
  );
}
