"use client";

import { Download } from "lucide-react";
import { Button } from "@/components/ui/button";
import { type ResultRow, resultsCsv } from "@/lib/browser/token-table/results-csv";

type ResultsDownloadProps = { rows: () => ResultRow[]; fileName: string };

/** The results as a file, made here: names and outcomes, no secret. */
export function ResultsDownload({ rows, fileName }: ResultsDownloadProps) {
  const download = () => {
    const blob = new Blob([resultsCsv(rows())], { type: "text/csv;charset=utf-8" });
    const url = URL.createObjectURL(blob);
    const link = document.createElement("a");
    link.href = url;
    link.download = fileName;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <Button icon={<Download aria-hidden className="size-3.5" />} onClick={download} size="sm" variant="ghost">
      Download as CSV
    </Button>
  );
}
