"use client";

import { Broken, type BrokenProps } from "@/components/shell/broken";

/** Inside the frame: a page that breaks leaves the navigation standing. */
export default function ErrorPage(props: BrokenProps) {
  return <Broken {...props} />;
}
