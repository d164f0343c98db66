"use client";

import { Broken, type BrokenProps } from "@/components/shell/broken";

export default function ErrorPage(props: BrokenProps) {
  return (
    <main>
      <Broken {...props} />
    </main>
  );
}
