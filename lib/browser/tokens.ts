import {
  type QueryClient,
  queryOptions,
  type UseMutationResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import type { LabelTokensAnswer, LabelTokensInput } from "@/lib/contracts/label-tokens";
import type {
  BulkRevokeInput,
  CheckAnswer,
  CopyAnswer,
  CopyFormat,
  IdentifyAnswer,
  MintAnswer,
  MintInput,
  OperationStarted,
  PatchTokenInput,
  RevokeAnswer,
  RevokeByValueInput,
  RevokeInput,
  Token,
  TokenList,
} from "@/lib/contracts/tokens";
import { readTokenText } from "@/lib/shared/token-text";
import { ApiError, api } from "./api";
import { auditKeys } from "./audit";
import { untilNextTry } from "./next-try";
import { isRefresh } from "./query-client";

/*
 * Tokens as the browser knows them: names, hints and states. A value crosses here in three calls only: out in
 * `identifyToken` and `revokeByValue`, in by `copyToken`. None of the three is a query, so nothing keeps it.
 */

export const tokenKeys = {
  all: ["tokens"] as const,
  list: () => [...tokenKeys.all, "list"] as const,
  revoked: () => [...tokenKeys.all, "revoked"] as const,
  one: (id: string) => [...tokenKeys.all, "one", id] as const,
};

const pathOf = (id: string) => `/api/tokens/${encodeURIComponent(id)}`;

async function fetchToken(id: string, options: { signal: AbortSignal; background: boolean }): Promise<Token> {
  return await api<Token>(pathOf(id), options);
}

/**
 * Which of the tokens that the caller may see is the one in this text. Its value goes into the body, and nowhere else.
 * @throws ApiError `several_tokens`, `not_a_token`, as the server would.
 */
export async function identifyToken(text: string): Promise<IdentifyAnswer> {
  const read = readTokenText(text);
  if (read.found !== "one")
    throw new ApiError(read.found === "several" ? "several_tokens" : "not_a_token", 422);
  return await api<IdentifyAnswer>("/api/tokens/identify", { method: "POST", body: { token: read.written } });
}

/** The one call that brings a value into the browser. Whoever calls it hands the text on and forgets it. */
export async function copyToken(id: string, as: CopyFormat): Promise<CopyAnswer> {
  return await api<CopyAnswer>(`${pathOf(id)}/copy`, { method: "POST", body: { as } });
}

async function mintTokens({ input, key }: { input: MintInput; key: string }): Promise<MintAnswer> {
  return await api<MintAnswer>("/api/tokens", {
    method: "POST",
    body: input,
    headers: { "Idempotency-Key": key },
  });
}

async function patchToken(id: string, patch: PatchTokenInput): Promise<Token> {
  return await api<Token>(pathOf(id), { method: "PATCH", body: patch });
}

async function labelTokens(input: LabelTokensInput): Promise<LabelTokensAnswer> {
  return await api<LabelTokensAnswer>("/api/tokens/label", { method: "POST", body: input });
}

async function checkToken(id: string): Promise<CheckAnswer> {
  return await api<CheckAnswer>(`${pathOf(id)}/check`, { method: "POST" });
}

async function unsealToken(id: string): Promise<Token> {
  return await api<Token>(`${pathOf(id)}/unseal`, { method: "POST" });
}

async function revokeToken({ id, input }: { id: string; input: RevokeInput }): Promise<RevokeAnswer> {
  return await api<RevokeAnswer>(pathOf(id), { method: "DELETE", body: input });
}

async function revokeByValue(input: RevokeByValueInput): Promise<RevokeAnswer> {
  return await api<RevokeAnswer>("/api/tokens/revoke-by-value", { method: "POST", body: input });
}

async function revokeTokens(input: BulkRevokeInput): Promise<OperationStarted> {
  return await api<OperationStarted>("/api/tokens/revoke", { method: "POST", body: input });
}

const minuteMs = 60_000;

export const tokenOptions = (id: string) =>
  queryOptions({
    queryKey: tokenKeys.one(id),
    queryFn: ({ signal, client, queryKey }) =>
      fetchToken(id, { signal, background: isRefresh(client, queryKey) }),
  });

/** While a revocation is under way its next try is seconds off; one that was never tried has its turn to wait for. */
function renewalMs(token: Token | undefined): number {
  if (token?.status !== "revoking") return minuteMs;
  const { revoking } = token;
  return revoking?.lastTryAt === undefined ? 3_000 : untilNextTry(revoking.retryAfter, 3_000);
}

export function useToken(start: Token) {
  return useQuery({
    ...tokenOptions(start.id),
    initialData: start,
    refetchInterval: ({ state }) => renewalMs(state.data),
  });
}

/** After a write: the list and the audit trail are asked for anew, and the promise is theirs. */
export async function invalidateTokens(queries: QueryClient): Promise<void> {
  await Promise.all([
    queries.invalidateQueries({ queryKey: tokenKeys.all }),
    queries.invalidateQueries({ queryKey: auditKeys.all }),
  ]);
}

/** Where a token is shown, it shows what the server just answered, without waiting for the next list. */
function putToken(queries: QueryClient, id: string, change: (token: Token) => Token): void {
  queries.setQueryData<TokenList>(
    tokenKeys.list(),
    (list) =>
      list && { ...list, items: list.items.map((token) => (token.id === id ? change(token) : token)) },
  );
  queries.setQueryData<Token>(tokenKeys.one(id), (token) => token && change(token));
}

export function useMint() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: mintTokens,
    // Not awaited: the new tokens are in the answer, and the dialog shows them at once.
    onSettled: () => void invalidateTokens(queries),
  });
}

export function usePatchToken() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, patch }: { id: string; patch: PatchTokenInput }) => patchToken(id, patch),
    onSuccess: (token) => putToken(queries, token.id, () => token),
    onSettled: () => void invalidateTokens(queries),
  });
}

export function useLabelTokens() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: labelTokens,
    onSettled: () => void invalidateTokens(queries),
  });
}

export function useCheckToken(): UseMutationResult<CheckAnswer, Error, string> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: checkToken,
    onSuccess: (answer, id) => {
      putToken(queries, id, (token) => ({
        ...token,
        lastCheck: { result: answer.result, at: answer.checkedAt },
      }));
      void queries.invalidateQueries({ queryKey: auditKeys.all });
    },
  });
}

/** Erases the sealed copy of a token. */
export function useUnsealToken() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: unsealToken,
    onSuccess: (token) => putToken(queries, token.id, () => token),
    onSettled: () => void invalidateTokens(queries),
  });
}

export function useRevokeToken() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: revokeToken,
    onSettled: () => void invalidateTokens(queries),
  });
}

export function useRevokeByValue() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: revokeByValue,
    onSettled: (_answer, _error, _input) => void invalidateTokens(queries),
  });
}

export function useRevokeTokens() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: revokeTokens,
    onSettled: () => void invalidateTokens(queries),
  });
}
