"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { IconButton } from "@/components/ui/icon-button";
import { setTheme, useTheme } from "@/lib/browser/theme";
import type { ThemeChoice } from "@/lib/shared/theme";

const themeOrder: ThemeChoice[] = ["system", "light", "dark"];
const icons = { system: Monitor, light: Sun, dark: Moon };
export const themeNames = { system: "the system's", light: "light", dark: "dark" };

export function nextTheme(theme: ThemeChoice): ThemeChoice {
  return themeOrder[(themeOrder.indexOf(theme) + 1) % themeOrder.length] ?? "system";
}

/** System, light, dark, and round again. */
export function ThemeSwitch() {
  const theme = useTheme();
  const Icon = icons[theme];
  return (
    <IconButton
      className="max-xl:mx-auto max-xl:size-9"
      icon={<Icon aria-hidden className="size-4" strokeWidth={1.75} />}
      label={`Theme: ${themeNames[theme]}. Change`}
      onClick={() => setTheme(nextTheme(theme))}
    />
  );
}
