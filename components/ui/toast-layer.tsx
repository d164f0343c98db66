"use client";

import { Toast as Base } from "@base-ui/react/toast";
import { clsx } from "clsx";
import { AlertTriangle, Check, Info, X } from "lucide-react";
import { useEffect } from "react";
import { NextStep } from "./countdown";
import { type ToastMessage, type ToastTone, toastQueue } from "./toast";

const manager = Base.createToastManager();

const icons = { neutral: Info, good: Check, warn: AlertTriangle, danger: AlertTriangle };
const iconTones: Record<ToastTone, string> = {
  neutral: "text-ink-faint",
  good: "text-good-strong",
  warn: "text-warn-strong",
  danger: "text-danger-strong",
};

function flush() {
  for (const message of toastQueue.take()) {
    const { title, description, wait, tone = "neutral", action, timeoutMs } = message;
    const shownMs = Math.max(tone === "danger" ? 10_000 : 5_000, waitMs(wait));
    manager.add({
      title,
      description: wait ? <NextStep answer={message} next="" wait={wait} /> : description,
      type: tone,
      priority: tone === "danger" ? "high" : "low",
      timeout: timeoutMs ?? shownMs,
      actionProps: action ? { children: action.label, onClick: action.onPress } : undefined,
    });
  }
}

/** Until a little after the wait is over; nothing lies at the edge of the page for minutes. */
function waitMs(wait: ToastMessage["wait"]): number {
  return wait ? Math.min(wait.seconds, 60) * 1000 + 5_000 : 0;
}

export default function ToastLayer() {
  useEffect(() => {
    flush();
    return toastQueue.subscribe(flush);
  }, []);
  return (
    <Base.Provider limit={4} toastManager={manager}>
      <Base.Portal>
        <Base.Viewport className="fixed right-3 bottom-20 left-3 z-[80] flex flex-col-reverse gap-2 sm:left-auto sm:w-88 md:right-5 md:bottom-5">
          <Toasts />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function isTone(type: string | undefined): type is ToastTone {
  return type !== undefined && type in icons;
}

function Toasts() {
  const { toasts } = Base.useToastManager();
  return toasts.map((toast) => {
    const tone = isTone(toast.type) ? toast.type : "neutral";
    const Icon = icons[tone];
    return (
      // Base UI reads an urgent one out from a copy, and hides the one that shows, whose buttons take the focus all the
      // same. It is not hidden here; that it stays quiet is enough to have it read once.
      <Base.Root
        aria-hidden={false}
        aria-live={tone === "danger" ? "off" : undefined}
        className={clsx(
          "rounded-lg border border-line-strong bg-raised text-ink shadow-popup outline-offset-2",
          "transition-[opacity,translate] duration-200 ease-out data-limited:hidden",
          "data-ending-style:translate-x-3 data-ending-style:opacity-0 data-starting-style:translate-y-2 data-starting-style:opacity-0",
        )}
        key={toast.id}
        swipeDirection="right"
        toast={toast}
      >
        <Base.Content className="flex items-start gap-2.5 py-2.5 pr-2 pl-3">
          <Icon aria-hidden className={clsx("mt-0.5 size-4 shrink-0", iconTones[tone])} />
          <div className="min-w-0 flex-1">
            <Base.Title className="font-medium text-sm" />
            <Base.Description className="mt-0.5 text-ink-soft text-xs" />
          </div>
          {toast.actionProps ? (
            <Base.Action className="h-6 shrink-0 rounded-sm px-1.5 font-medium text-accent-text text-xs hover:bg-hover" />
          ) : null}
          <Base.Close
            aria-hidden={false}
            aria-label="Dismiss"
            className="flex size-6 shrink-0 items-center justify-center rounded-sm text-ink-faint hover:bg-hover hover:text-ink"
          >
            <X aria-hidden className="size-3.5" />
          </Base.Close>
        </Base.Content>
      </Base.Root>
    );
  });
}
