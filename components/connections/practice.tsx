/** The portal's own guide in two sentences each, drawn. */
export function Practice() {
  return (
    <section aria-labelledby="practice" className="grid gap-3">
      <h2 className="font-semibold text-base" id="practice">
        How the portal's guide means it
      </h2>
      <div className="grid gap-3 md:grid-cols-2">
        <Advice
          drawing={<UserPerRights />}
          text="An API user is a portal user that exists only to own tokens. Services that need different rights get different API users. They are made in the portal, then connected here."
          title="An API user for each set of rights"
        />
        <Advice
          drawing={<TokenPerService />}
          text="Services that need the same rights share an API user, but never a token. Then one can be revoked without the others noticing, and its name says who will miss it."
          title="A token of its own for each service"
        />
      </div>
      <p className="text-ink-faint text-xs">
        Anyone signed in to the portal as an API user can list all of its tokens. Keep its password as you
        would keep them.
      </p>
    </section>
  );
}

function Advice({ drawing, title, text }: { drawing: React.ReactNode; title: string; text: string }) {
  return (
    <div className="flex gap-4 rounded-lg border border-line bg-surface p-4 shadow-card">
      <div className="shrink-0 text-accent-text">{drawing}</div>
      <div>
        <h3 className="font-medium text-sm">{title}</h3>
        <p className="mt-1 text-pretty text-ink-soft text-sm">{text}</p>
      </div>
    </div>
  );
}

const drawingClass = "h-16 w-20";

/** One bar more of rights for each. */
const ranks = [
  { y: 10, bars: [42] },
  { y: 32, bars: [42, 54] },
  { y: 54, bars: [42, 54, 66] },
];

function UserPerRights() {
  return (
    <svg aria-hidden="true" className={drawingClass} fill="none" stroke="currentColor" viewBox="0 0 80 64">
      {ranks.map(({ y, bars }) => (
        <g key={y}>
          <circle cx="14" cy={y} fill="var(--accent-soft)" r="6.5" strokeWidth="1.4" />
          <path d={`M22 ${y}h14`} opacity="0.5" strokeDasharray="2 2.5" strokeWidth="1.2" />
          {bars.map((x) => (
            <path d={`M${x} ${y}h7`} key={x} strokeLinecap="round" strokeWidth="3" />
          ))}
        </g>
      ))}
    </svg>
  );
}

function TokenPerService() {
  return (
    <svg aria-hidden="true" className={drawingClass} fill="none" stroke="currentColor" viewBox="0 0 80 64">
      <circle cx="12" cy="32" fill="var(--accent-soft)" r="7" strokeWidth="1.4" />
      {[10, 32, 54].map((y) => (
        <g key={y}>
          <path d={`M20 32C28 32 26 ${y} 34 ${y}`} opacity="0.5" strokeWidth="1.2" />
          <circle cx="41" cy={y} fill="currentColor" r="5" stroke="none" />
          <path d={`M48 ${y}h8`} opacity="0.5" strokeDasharray="2 2.5" strokeWidth="1.2" />
          <rect
            fill="var(--accent-soft)"
            height="11"
            rx="2.5"
            strokeWidth="1.4"
            width="15"
            x="60"
            y={y - 5.5}
          />
        </g>
      ))}
    </svg>
  );
}
