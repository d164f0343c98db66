import type { ComponentProps } from "react";

/*
 * The parts of an ARIA grid whose rows are drawn by CSS grid, and of which only those in sight exist. Table elements
 * would not survive that: they lay themselves out, and a row of them cannot become a card. The focus goes to rows and
 * to what stands in their cells; the cells themselves take none.
 */

export function GridCell(props: ComponentProps<"div">) {
  // biome-ignore lint/a11y/useSemanticElements: see above
  // biome-ignore lint/a11y/useFocusableInteractive: see above
  return <div {...props} role="gridcell" />;
}

export function GridHead(props: ComponentProps<"div">) {
  // biome-ignore lint/a11y/useSemanticElements: see above
  // biome-ignore lint/a11y/useFocusableInteractive: see above
  return <div {...props} role="columnheader" />;
}

export function GridRow(props: ComponentProps<"div">) {
  // biome-ignore lint/a11y/useSemanticElements: see above
  // biome-ignore lint/a11y/useFocusableInteractive: rows of tokens bring a tabIndex, the others take no focus
  return <div {...props} role="row" />;
}
