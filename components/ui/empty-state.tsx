import { clsx } from "clsx";
import type { ReactNode } from "react";

export type EmptyStateProps = {
  icon?: ReactNode;
  title: ReactNode;
  description?: ReactNode;
  /** The way on. */
  actions?: ReactNode;
  className?: string;
};

/** Nothing is here, and what to do about it. */
export function EmptyState({ icon, title, description, actions, className }: EmptyStateProps) {
  return (
    <div className={clsx("flex flex-col items-center px-6 py-14 text-center", className)}>
      {icon ? (
        <span className="mb-4 flex size-11 items-center justify-center rounded-xl border border-line bg-raised text-accent-text shadow-card">
          {icon}
        </span>
      ) : null}
      <h2 className="wrap-anywhere text-balance font-semibold text-base">{title}</h2>
      {description ? <p className="mt-1 max-w-md text-pretty text-ink-soft text-sm">{description}</p> : null}
      {actions ? <div className="mt-5 flex flex-wrap justify-center gap-2">{actions}</div> : null}
    </div>
  );
}
