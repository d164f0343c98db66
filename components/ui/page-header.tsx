import type { ReactNode } from "react";

export type PageHeaderProps = {
  title: ReactNode;
  /** One line under it. */
  description?: ReactNode;
  actions?: ReactNode;
};

/** The head of a page: its name, what it is, and what can be done there. */
export function PageHeader({ title, description, actions }: PageHeaderProps) {
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 className="font-semibold text-ink text-xl tracking-[-0.018em]">{title}</h1>
        {description ? (
          <p className="mt-0.5 max-w-2xl text-pretty text-ink-soft text-sm">{description}</p>
        ) : null}
      </div>
      {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
    </header>
  );
}
