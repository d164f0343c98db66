import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Session, StepUpAnswer, StepUpInput } from "@/lib/contracts/sessions";
import { api } from "./api";

export const sessionKeys = { all: ["session"] as const };

async function fetchSession(signal: AbortSignal): Promise<Session> {
  return await api<Session>("/api/session", { signal, background: true });
}

async function stepUp(input: StepUpInput): Promise<StepUpAnswer> {
  return await api<StepUpAnswer>("/api/session/step-up", { method: "POST", body: input });
}

async function signOut(): Promise<void> {
  await api<void>("/api/session/sign-out", { method: "POST" });
}

export const sessionOptions = () =>
  queryOptions({
    queryKey: sessionKeys.all,
    queryFn: ({ signal }) => fetchSession(signal),
    staleTime: 60_000,
  });

/** Who is signed in, and their connections. In the pages of the desk it is there from the first render. */
export function useSession() {
  return useQuery(sessionOptions());
}

/** Whether two sessions are of the same person: what one has shown may stay for the other. */
export function isSameUser(one: Session["user"], other: Session["user"]): boolean {
  return one.portal === other.portal && one.userName === other.userName;
}

/** Proves a connection's password (or token) once more. */
export function useProveAgain() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: stepUp,
    onSuccess: () => queries.invalidateQueries({ queryKey: sessionKeys.all }),
  });
}

export function useSignOut() {
  return useMutation({ mutationFn: signOut });
}
