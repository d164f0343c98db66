import type { ReactNode } from "react";
import type { NameClash } from "@/lib/browser/name-clash";

type NameWarningProps = {
  clash: NameClash;
  /** What stands there where nothing is to be said. */
  children?: ReactNode;
};

/** That a name is, or looks like, another token's. It can still be used. */
export function NameWarning({ clash: { taken, alike }, children }: NameWarningProps) {
  if (taken.length === 0 && alike === undefined) return children;
  return (
    <span className="text-warn" role="status">
      {taken.length > 1 ? (
        `${taken.length} of these names are taken already.`
      ) : taken.length === 1 ? (
        <>
          There is a token called “<bdi>{taken[0]}</bdi>” already.
        </>
      ) : (
        <>
          It looks like “<bdi>{alike}</bdi>”, which is another token: some of the letters only look the same.
        </>
      )}{" "}
      You can still use it; two {taken.length > 0 ? "of a name" : "that look alike"} are hard to tell apart.
    </span>
  );
}
