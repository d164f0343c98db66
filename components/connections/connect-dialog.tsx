"use client";

import { type RefObject, useRef, useState } from "react";
import { useForm } from "react-hook-form";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { ChipGroup } from "@/components/ui/chip-group";
import { NextStep } from "@/components/ui/countdown";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useAnnounce } from "@/components/ui/live-region";
import { SecretInput, unmanaged } from "@/components/ui/secret-input";
import { Select } from "@/components/ui/select";
import { useToast } from "@/components/ui/toast";
import { TokenField, usePastedToken } from "@/components/ui/token-field";
import { useConnect } from "@/lib/browser/connections";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import type { PortalList } from "@/lib/contracts/sessions";
import { passwordFault, userNameFault } from "@/lib/shared/credentials";
import { isolate } from "@/lib/shared/isolate";
import { connectProblem } from "./connect-problem";

type ConnectDialogProps = {
  portals: PortalList;
  onClose: () => void;
  /** Where the focus goes afterwards: an address can open the dialog, too. */
  finalFocus: RefObject<HTMLElement | null>;
};

/** Another user's: under these names no browser takes them for the sign-in of whoever types them. */
type ConnectForm = {
  portal: string;
  method: "password" | "token";
  apiUser: string;
  apiUserSecret: string;
  apiToken: string;
};

/** Connects another portal user: its tokens join the list, and minting offers it. */
export default function ConnectDialog({ portals, onClose, finalFocus }: ConnectDialogProps) {
  const form = useForm<ConnectForm>({
    defaultValues: {
      portal: portals.items[0]?.id ?? "",
      method: "password",
      apiUser: "",
      apiUserSecret: "",
      apiToken: "",
    },
  });
  const pasted = usePastedToken();
  const connect = useConnect();
  const { withStepUp } = useStepUp();
  const { toast } = useToast();
  const announce = useAnnounce();
  const [problem, setProblem] = useState<ReturnType<typeof connectProblem> | null>(null);
  const method = form.watch("method");
  const userName = useRef<HTMLInputElement | null>(null);
  const userNameField = form.register("apiUser", {
    // It is registered also while the token's field stands in its place.
    validate: (typed, { method }) =>
      (method === "password" && userNameFault(typed, "Type the API user's e-mail")) || true,
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (values) => {
    setProblem(null);
    const { portal, apiUser, apiUserSecret } = values;
    const token = values.method === "token" ? pasted.read(values.apiToken) : undefined;
    if (values.method === "token" && !token) return form.setFocus("apiToken", { shouldSelect: true });
    const input = token
      ? { portal, apiToken: token.token, asIs: token.asIs }
      : { portal, username: apiUser.trim(), password: apiUserSecret };
    try {
      const connection = await withStepUp(() => connect.mutateAsync(input));
      onClose();
      toast({
        title: `${isolate(connection.userName)} is connected`,
        description: "Its tokens are in the list.",
        tone: "good",
      });
      announce(`${isolate(connection.userName)} is connected`);
    } catch (error) {
      if (error instanceof StepUpCancelled) return;
      setProblem(connectProblem(error, values.method));
    }
  });

  return (
    <Dialog
      description="Its tokens join your list for as long as this session lasts. The desk keeps no password."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button busy={isSubmitting} form="connect" type="submit" variant="primary">
            Connect
          </Button>
        </>
      }
      finalFocus={finalFocus}
      initialFocus={userName}
      onOpenChange={(open) => !open && !isSubmitting && onClose()}
      open
      title="Connect another API user"
    >
      <form className="grid gap-4" id="connect" method="post" noValidate onSubmit={submit}>
        <Field label="Portal">
          <Select
            options={portals.items.map((portal) => ({ value: portal.id, label: portal.name }))}
            {...form.register("portal")}
          />
        </Field>
        {portals.tokenSignIn ? (
          <ChipGroup
            chips={[
              { value: "password", label: "E-mail and password" },
              { value: "token", label: "API token" },
            ]}
            label="Prove it with"
            onChange={(value) => {
              setProblem(null);
              form.setValue("method", value);
            }}
            value={method}
          />
        ) : null}
        {method === "password" ? (
          <>
            <Field error={errors.apiUser?.message} label="E-mail">
              <Input
                {...unmanaged}
                {...userNameField}
                autoCapitalize="off"
                inputMode="email"
                key="apiUser"
                placeholder="api-crm@company.com"
                ref={(element) => {
                  userNameField.ref(element);
                  userName.current = element;
                }}
                spellCheck={false}
              />
            </Field>
            <Field error={errors.apiUserSecret?.message} label="Password">
              <SecretInput
                {...form.register("apiUserSecret", {
                  validate: (typed) => passwordFault(typed, "Type the API user's password") ?? true,
                })}
                key="apiUserSecret"
                noun="password"
              />
            </Field>
          </>
        ) : (
          <TokenField
            {...form.register("apiToken")}
            hint="Any token of this user will do."
            label="API token"
            onAgain={() => void submit()}
            pasted={pasted}
          />
        )}
        {problem ? (
          <Banner announce title={problem.title} tone="danger">
            <NextStep {...problem} answer={problem} />
          </Banner>
        ) : null}
      </form>
    </Dialog>
  );
}
