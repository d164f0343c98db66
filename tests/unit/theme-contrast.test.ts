import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/*
 * Reads the colours out of the stylesheet and computes WCAG contrast for the pairs that the components use, in both
 * themes. A colour that is made prettier and unreadable fails here, before anybody has to squint.
 */

const css = readFileSync(new URL("../../app/globals.css", import.meta.url), "utf8");

type Linear = [red: number, green: number, blue: number];
type Theme = "light" | "dark";

/** OKLCH to linear sRGB (Björn Ottosson's matrices, as in CSS Color 4). */
function linear(lightness: number, chroma: number, hue: number): Linear {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clamp = (value: number) => Math.min(1, Math.max(0, value));
  return [
    clamp(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clamp(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clamp(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

const luminance = ([red, green, blue]: Linear) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;

function readColours(): Record<Theme, Map<string, number>> {
  const colours = { light: new Map<string, number>(), dark: new Map<string, number>() };
  const pattern = /--([a-z-]+): light-dark\(\s*oklch\(([\d. ]+)\),\s*oklch\(([\d. ]+)\)\s*\);/g;
  for (const [, name = "", ...values] of css.matchAll(pattern)) {
    for (const [index, theme] of (["light", "dark"] as const).entries()) {
      const [lightness = 0, chroma = 0, hue = 0] = (values[index] ?? "").split(" ").map(Number);
      colours[theme].set(name, luminance(linear(lightness, chroma, hue)));
    }
  }
  return colours;
}

const colours = readColours();

function contrast(theme: Theme, one: string, other: string): number {
  const [a, b] = [colours[theme].get(one), colours[theme].get(other)];
  if (a === undefined || b === undefined) throw new Error(`No colour ${one} or ${other}`);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const grounds = ["canvas", "surface", "raised", "sunken"];
const tones = ["good", "warn", "danger", "info"];

const texts: [string, string][] = [
  ...["ink", "ink-soft", "ink-faint", "accent-text", "danger"].flatMap((text) =>
    grounds.map((ground): [string, string] => [text, ground]),
  ),
  ...tones.flatMap((tone): [string, string][] => [
    [tone, `${tone}-soft`],
    ["ink-soft", `${tone}-soft`],
  ]),
  ["accent-text", "accent-soft"],
  ["accent-on", "accent"],
  ["accent-on", "accent-hover"],
  ["danger-on", "danger-fill"],
  ["canvas", "ink"],
  ["ink", "mark"],
  ["plate-ink", "plate"],
  ["plate-soft", "plate"],
];

const shapes: [string, string][] = [
  ...["line-control", "accent", ...tones.map((tone) => `${tone}-strong`)].flatMap((shape) =>
    ["canvas", "surface", "raised"].map((ground): [string, string] => [shape, ground]),
  ),
  ["plate-accent", "plate"],
];

describe.each(["light", "dark"] as const)("the %s theme", (theme) => {
  it.each(texts)("%s on %s can be read (4.5:1, WCAG 1.4.3)", (text, ground) => {
    expect(contrast(theme, text, ground)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(shapes)("%s on %s can be seen (3:1, WCAG 1.4.11)", (shape, ground) => {
    expect(contrast(theme, shape, ground)).toBeGreaterThanOrEqual(3);
  });
});
