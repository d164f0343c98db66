import "server-only";
import { expiredCookies } from "../auth/cookies";
import type { DeskContext } from "../services/context";

/** What tells a browser to forget: whatever our pages stored there, and our cookies. */
export const signedOutHeaders = ({ desk }: DeskContext): [string, string][] => [
  ["Clear-Site-Data", '"storage"'],
  ...expiredCookies(desk.env).map((line): [string, string] => ["Set-Cookie", line]),
];
