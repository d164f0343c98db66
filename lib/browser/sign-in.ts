import { useMutation } from "@tanstack/react-query";
import type { SignInInput } from "@/lib/contracts/sessions";
import { ApiError, api, readProblem } from "./api";

/*
 * Signing in: next-auth's csrf token, then its callback, by our own fetch. The callback takes a form, not JSON; a
 * failure is a problem document like everywhere else. The password is passed on exactly as typed.
 */

async function signIn(input: SignInInput): Promise<void> {
  const { csrfToken } = await api<{ csrfToken: string }>("/api/auth/csrf");
  const fields = Object.entries(input).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  const form = new URLSearchParams([["csrfToken", csrfToken], ["json", "true"], ...fields]);
  const response = await post(form);
  if (!response.ok) throw await readProblem(response);
  await requireCookie();
}

/** A browser that keeps no cookie does not say so: the next page would be the sign-in again, without a word. */
async function requireCookie(): Promise<void> {
  const answer = await api("/api/session", { background: true }).catch((error: unknown) => error);
  if (answer instanceof ApiError && answer.code === "unauthorized")
    throw new ApiError("cookies_missing", answer.status);
}

async function post(form: URLSearchParams): Promise<Response> {
  try {
    return await fetch("/api/auth/callback/portal", {
      method: "POST",
      body: form,
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });
  } catch {
    throw new ApiError("network", 0);
  }
}

export function useSignIn() {
  return useMutation({ mutationFn: signIn });
}
