import { EyeOff, ScrollText, ShieldCheck } from "lucide-react";

const promises = [
  {
    icon: EyeOff,
    title: "Portal credentials stay on the server",
    text: "This browser holds a random session id. A token's value comes here only when you copy it.",
  },
  {
    icon: ShieldCheck,
    title: "Revoked means gone",
    text: "A token is called revoked only when the portal shows that it is.",
  },
  {
    icon: ScrollText,
    title: "Everything is on the record",
    text: "Who minted, copied or revoked what, and when. What cannot be recorded is not done.",
  },
];

/** The engraved side of the sign-in page. Decoration and three promises; nothing here is needed to sign in. */
export function SignInPlate() {
  return (
    <aside className="relative hidden overflow-hidden bg-plate text-plate-ink lg:flex lg:flex-col lg:justify-end">
      <div
        aria-hidden
        className="mask-[url(/rosette.svg)] mask-contain mask-no-repeat absolute -top-[22%] -right-[30%] aspect-square w-[118%] max-w-[68rem] bg-plate-line"
      />
      <div
        aria-hidden
        className="absolute inset-0 bg-[linear-gradient(to_top,var(--plate)_22%,transparent_78%),radial-gradient(60%_50%_at_78%_22%,color-mix(in_oklab,var(--plate-accent)_15%,transparent),transparent)]"
      />
      <div className="relative max-w-xl px-14 pb-14 xl:px-20 xl:pb-18">
        <p className="text-balance font-semibold text-3xl tracking-[-0.028em]">
          Every portal token, named and accounted for.
        </p>
        <ul className="mt-9 grid gap-5">
          {promises.map(({ icon: Icon, title, text }) => (
            <li className="flex gap-3.5" key={title}>
              <Icon
                aria-hidden
                className="mt-px size-[1.125rem] shrink-0 text-plate-accent"
                strokeWidth={1.6}
              />
              <div>
                <p className="font-medium text-base">{title}</p>
                <p className="mt-0.5 text-plate-soft text-sm">{text}</p>
              </div>
            </li>
          ))}
        </ul>
      </div>
    </aside>
  );
}
