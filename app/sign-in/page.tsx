import type { Metadata } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { ByHttps } from "@/components/sign-in/by-https";
import { SignInForm } from "@/components/sign-in/sign-in-form";
import { SignInPlate } from "@/components/sign-in/sign-in-plate";
import { BrandMark } from "@/components/ui/brand-mark";
import { readDesk, readSession, sessionIsOver } from "@/lib/server/auth/session";
import { listPortals } from "@/lib/server/services/portals/list";
import { nextPath } from "@/lib/shared/next-path";

export const metadata: Metadata = { title: "Sign in" };

type SignInPageProps = { searchParams: Promise<{ next?: string | string[] }> };

export default async function SignInPage({ searchParams }: SignInPageProps) {
  const { next } = await searchParams;
  const path = nextPath(typeof next === "string" ? next : undefined);
  if (await readSession()) redirect(path);
  const isOver = await sessionIsOver();
  const ctx = await readDesk();
  const { origin, protocol } = ctx.desk.env.url;
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(26rem,0.82fr)_1fr]">
      {protocol === "https:" ? <ByHttps nonce={nonce} origin={origin} /> : null}
      <main className="relative flex flex-col overflow-hidden px-6 py-8 sm:px-10">
        <div
          aria-hidden
          className="mask-[url(/rosette.svg)] mask-contain mask-no-repeat pointer-events-none absolute -top-36 -right-36 size-96 bg-line-strong lg:hidden"
        />
        <div className="relative flex items-center gap-2.5 font-semibold text-lg tracking-[-0.015em]">
          <BrandMark className="size-6 text-accent" />
          Tokendesk
        </div>
        <div className="relative m-auto w-full max-w-[22rem] py-10">
          <h1 className="font-semibold text-2xl tracking-[-0.026em]">Sign in</h1>
          <p className="mt-1.5 mb-7 text-ink-soft text-base">
            {isOver
              ? "Your session has ended. Sign in to go on where you were."
              : "With the portal user whose tokens you look after."}
          </p>
          <SignInForm next={path} portals={listPortals(ctx)} takesFocus={!isOver} />
        </div>
        <p className="mx-auto max-w-[22rem] text-pretty text-center text-ink-faint text-xs">
          The portal checks your password; this desk passes it on and does not keep it.
        </p>
      </main>
      <SignInPlate />
    </div>
  );
}
