/** What somebody is signed in with, in a few words. */
export type Device = { name: string; kind: "computer" | "phone" | "program" };

/** How a browser names itself, the most particular first: most of them claim to be Chrome and Safari, too. */
const browsers: [name: string, version: RegExp][] = [
  ["Edge", /\bEdg(?:A|iOS)?\/(\d{1,4})/],
  ["Opera", /\bOPR\/(\d{1,4})/],
  ["Samsung Internet", /\bSamsungBrowser\/(\d{1,4})/],
  ["Firefox", /\b(?:Firefox|FxiOS)\/(\d{1,4})/],
  ["Chrome", /\b(?:Chrome|HeadlessChrome|CriOS)\/(\d{1,4})/],
  ["Safari", /\bVersion\/(\d{1,4})[\d.]* (?:Mobile\/\w+ )?Safari\//],
];

const systems: [name: string, kind: Device["kind"], mark: RegExp][] = [
  ["iOS", "phone", /\b(?:iPhone|iPod)\b/],
  ["iPadOS", "phone", /\biPad\b/],
  ["Android", "phone", /\bAndroid\b/],
  ["Windows", "computer", /\bWindows NT\b/],
  ["ChromeOS", "computer", /\bCrOS\b/],
  ["macOS", "computer", /\bMac OS X\b/],
  ["Linux", "computer", /\bLinux\b/],
];

/**
 * Browser and system by the `User-Agent` header: "Firefox 132 on Windows". The header is free text of whoever calls, so
 * nothing of it gets through but a version's digits; what names no browser is a program that calls the API.
 */
export function deviceOf(userAgent: string): Device {
  for (const [browser, version] of browsers) {
    const found = version.exec(userAgent)?.[1];
    if (found === undefined) continue;
    const [system, kind] = systems.find(([, , mark]) => mark.test(userAgent)) ?? [undefined, "computer"];
    return { name: `${browser} ${found}${system ? ` on ${system}` : ""}`, kind };
  }
  return { name: "No known browser", kind: "program" };
}
