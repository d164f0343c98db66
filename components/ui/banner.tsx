import { clsx } from "clsx";
import { AlertTriangle, Info, OctagonAlert } from "lucide-react";
import type { ReactNode, Ref } from "react";

type BannerTone = "info" | "warn" | "danger";
export type BannerProps = {
  tone?: BannerTone;
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
  /** Read out at once when it appears. */
  announce?: boolean;
  className?: string;
  ref?: Ref<HTMLDivElement>;
};

const tones: Record<BannerTone, string> = {
  info: "border-info-line bg-info-soft text-info",
  warn: "border-warn-line bg-warn-soft text-warn",
  danger: "border-danger-line bg-danger-soft text-danger",
};
const icons = { info: Info, warn: AlertTriangle, danger: OctagonAlert };

/** Something that stays true until it is dealt with: what it is, what still works, what to do. */
export function Banner({ tone = "info", title, children, action, announce, className, ref }: BannerProps) {
  const Icon = icons[tone];
  return (
    <div
      className={clsx(
        "flex flex-wrap items-start gap-x-3 gap-y-2 rounded-lg border px-3.5 py-2.5",
        tones[tone],
        className,
      )}
      ref={ref}
      role={announce ? "alert" : undefined}
    >
      <Icon aria-hidden className="mt-px size-4 shrink-0" />
      <div className="min-w-48 flex-1">
        <p className="font-medium text-sm">{title}</p>
        {children ? <div className="mt-0.5 text-ink-soft text-sm">{children}</div> : null}
      </div>
      {action ? <div className="flex shrink-0 items-center gap-2">{action}</div> : null}
    </div>
  );
}
