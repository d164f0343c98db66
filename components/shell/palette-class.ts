/** A heading and what stands under it. */
export const paletteGroupClass =
  "[&>[cmdk-group-heading]]:px-2.5 [&>[cmdk-group-heading]]:pt-2 [&>[cmdk-group-heading]]:pb-1 [&>[cmdk-group-heading]]:text-ink-faint [&>[cmdk-group-heading]]:text-xs";

/** Whatever can be chosen. */
export const paletteItemClass =
  "flex min-h-9 cursor-pointer select-none items-center gap-3 rounded-sm px-2.5 py-1.5 text-sm data-[selected=true]:bg-hover pointer-coarse:min-h-11";
