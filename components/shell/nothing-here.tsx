import Link from "next/link";
import { buttonClass } from "@/components/ui/button-class";
import { StatusPage } from "./status-page";

/** Not there, and not allowed to be seen, look the same: an address must not tell which. */
export function NothingHere() {
  return (
    <StatusPage
      actions={
        <Link className={buttonClass("primary")} href="/tokens" prefetch={false}>
          To the tokens
        </Link>
      }
      code="404"
      text="It may have gone, or you may not see it. An address of this desk never tells which."
      title="There is nothing here"
    />
  );
}
