"use client";

import { useForm } from "react-hook-form";
import type { SignInInput } from "@/lib/contracts/sessions";

/** What a person types to prove a portal user: the e-mail and password, or an API token of that user. */
export type CredentialsMethod = "password" | "token";
export type CredentialsForm = {
  portal: string;
  method: CredentialsMethod;
  username: string;
  password: string;
  apiToken: string;
};

/**
 * The form state of signing in and of connecting. Switching between password and token keeps what was typed in both;
 * only one of them is sent. A password goes out exactly as typed, the e-mail without white space around it.
 */
export function useCredentialsForm(initial: {
  portal: string;
  username?: string;
  method?: CredentialsMethod;
}) {
  const form = useForm<CredentialsForm>({
    defaultValues: {
      portal: initial.portal,
      method: initial.method ?? "password",
      username: initial.username ?? "",
      password: "",
      apiToken: "",
    },
    shouldUnregister: false,
  });
  return form;
}

export function toSignInInput(values: CredentialsForm): SignInInput {
  if (values.method === "token") return { portal: values.portal, apiToken: values.apiToken };
  return { portal: values.portal, username: values.username.trim(), password: values.password };
}
