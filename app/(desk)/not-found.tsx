import type { Metadata } from "next";
import { NothingHere } from "@/components/shell/nothing-here";

export const metadata: Metadata = { title: "Not found" };

/** Inside the frame: the navigation stays. */
export default function NotFound() {
  return <NothingHere />;
}
