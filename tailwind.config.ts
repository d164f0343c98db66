import type { Config } from "tailwindcss";

/** A colour that follows the theme: its value is a custom property in `app/globals.css`. */
const themed = (name: string): string => `var(--${name})`;

/** A state's colours: its text, the quiet ground behind it, and the strong form for dots and bars. */
const tone = (name: string) => ({
  DEFAULT: themed(name),
  soft: themed(`${name}-soft`),
  line: themed(`${name}-line`),
  strong: themed(`${name}-strong`),
});

export default {
  content: ["./app/**/*.{ts,tsx}", "./components/**/*.{ts,tsx}"],
  theme: {
    // The whole palette: a colour that is not here has no meaning in this product.
    colors: {
      transparent: "transparent",
      current: "currentColor",
      canvas: themed("canvas"),
      surface: themed("surface"),
      raised: themed("raised"),
      sunken: themed("sunken"),
      hover: themed("hover"),
      press: themed("press"),
      scrim: themed("scrim"),
      line: { DEFAULT: themed("line"), strong: themed("line-strong"), control: themed("line-control") },
      ink: { DEFAULT: themed("ink"), soft: themed("ink-soft"), faint: themed("ink-faint") },
      accent: {
        DEFAULT: themed("accent"),
        hover: themed("accent-hover"),
        on: themed("accent-on"),
        text: themed("accent-text"),
        soft: themed("accent-soft"),
        line: themed("accent-line"),
      },
      plate: {
        DEFAULT: themed("plate"),
        ink: themed("plate-ink"),
        soft: themed("plate-soft"),
        line: themed("plate-line"),
        accent: themed("plate-accent"),
      },
      mark: themed("mark"),
      good: tone("good"),
      warn: tone("warn"),
      danger: {
        ...tone("danger"),
        fill: themed("danger-fill"),
        fillHover: themed("danger-fill-hover"),
        on: themed("danger-on"),
      },
      info: tone("info"),
    },
    fontFamily: {
      sans: ["var(--font-geist-sans)", "ui-sans-serif", "system-ui", "sans-serif"],
      mono: ["var(--font-geist-mono)", "ui-monospace", "SFMono-Regular", "Menlo", "monospace"],
    },
    fontSize: {
      "2xs": ["0.6875rem", { lineHeight: "1rem" }],
      xs: ["0.75rem", { lineHeight: "1.0625rem" }],
      sm: ["0.8125rem", { lineHeight: "1.1875rem" }],
      base: ["0.875rem", { lineHeight: "1.3125rem" }],
      lg: ["1rem", { lineHeight: "1.5rem" }],
      xl: ["1.25rem", { lineHeight: "1.6875rem" }],
      "2xl": ["1.625rem", { lineHeight: "2rem" }],
      "3xl": ["2.125rem", { lineHeight: "2.5rem" }],
    },
    borderRadius: {
      none: "0",
      xs: "3px",
      sm: "5px",
      DEFAULT: "7px",
      md: "7px",
      lg: "10px",
      xl: "14px",
      full: "9999px",
    },
    boxShadow: {
      none: "none",
      card: "var(--shadow-card)",
      control: "var(--shadow-control)",
      popup: "var(--shadow-popup)",
      dialog: "var(--shadow-dialog)",
    },
    extend: {
      transitionDuration: { DEFAULT: "120ms" },
    },
  },
} satisfies Config;
