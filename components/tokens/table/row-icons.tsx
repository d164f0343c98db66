/*
 * The icons that every row has, each of one path: an icon of five elements in each of twenty rows is a hundred
 * elements that the browser lays out at each step of scrolling.
 */

type RowIconProps = { className: string };

const stroke = {
  fill: "none",
  stroke: "currentColor",
  strokeLinecap: "round",
  strokeLinejoin: "round",
  strokeWidth: 1.5,
  viewBox: "0 0 16 16",
} as const;

export function MoreIcon({ className }: RowIconProps) {
  return (
    <svg aria-hidden="true" className={className} {...stroke} strokeWidth={2.2}>
      <path d="M3 8h.01M8 8h.01M13 8h.01" />
    </svg>
  );
}

export function CopyIcon({ className }: RowIconProps) {
  return (
    <svg aria-hidden="true" className={className} {...stroke}>
      <path d="M6.8 5.5h6a1.3 1.3 0 0 1 1.3 1.3v6a1.3 1.3 0 0 1-1.3 1.3h-6a1.3 1.3 0 0 1-1.3-1.3v-6a1.3 1.3 0 0 1 1.3-1.3ZM3.2 10.5a1.3 1.3 0 0 1-1.3-1.3v-6a1.3 1.3 0 0 1 1.3-1.3h6a1.3 1.3 0 0 1 1.3 1.3" />
    </svg>
  );
}

export function PlugIcon({ className }: RowIconProps) {
  return (
    <svg aria-hidden="true" className={className} {...stroke}>
      <path d="M6 1.8v3.4M10 1.8v3.4M8 14.2v-3M4 5.2h8v2.5a3.5 3.5 0 0 1-3.5 3.5h-1A3.5 3.5 0 0 1 4 7.7Z" />
    </svg>
  );
}

export function PencilIcon({ className }: RowIconProps) {
  return (
    <svg aria-hidden="true" className={className} {...stroke}>
      <path d="M9.6 3.4 12.6 6.4M2.5 13.5l.6-3.1 7.9-7.9a1.5 1.5 0 0 1 2.1 0l.4.4a1.5 1.5 0 0 1 0 2.1l-7.9 7.9Z" />
    </svg>
  );
}
