import { describe, expect, test } from "vitest";
import { deviceOf } from "@/lib/shared/device";

const mozilla = "Mozilla/5.0";
const webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
const mobile = "AppleWebKit/605.1.15 (KHTML, like Gecko)";

describe("what somebody is signed in with", () => {
  test.each([
    [
      `${mozilla} (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0`,
      "Firefox 132 on Windows",
    ],
    [`${mozilla} (X11; Linux x86_64) ${webkit} Chrome/131.0.0.0 Safari/537.36`, "Chrome 131 on Linux"],
    [
      `${mozilla} (X11; Linux x86_64) ${webkit} HeadlessChrome/131.0.0.0 Safari/537.36`,
      "Chrome 131 on Linux",
    ],
    [
      `${mozilla} (X11; CrOS x86_64 14541.0.0) ${webkit} Chrome/131.0.0.0 Safari/537.36`,
      "Chrome 131 on ChromeOS",
    ],
    [
      `${mozilla} (Windows NT 10.0; Win64; x64) ${webkit} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.51`,
      "Edge 131 on Windows",
    ],
    [
      `${mozilla} (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0`,
      "Opera 115 on macOS",
    ],
    [
      `${mozilla} (Macintosh; Intel Mac OS X 10_15_7) ${mobile} Version/18.1 Safari/605.1.15`,
      "Safari 18 on macOS",
    ],
  ])("a computer: %s", (userAgent, name) => {
    expect(deviceOf(userAgent)).toEqual({ name, kind: "computer" });
  });

  test.each([
    [
      `${mozilla} (iPhone; CPU iPhone OS 18_1 like Mac OS X) ${mobile} Version/18.1 Mobile/15E148 Safari/604.1`,
      "Safari 18 on iOS",
    ],
    [
      `${mozilla} (iPhone; CPU iPhone OS 18_1 like Mac OS X) ${mobile} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1`,
      "Chrome 131 on iOS",
    ],
    [
      `${mozilla} (Linux; Android 14; SM-S921B) ${webkit} SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36`,
      "Samsung Internet 26 on Android",
    ],
    [`${mozilla} (Android 15; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0`, "Firefox 132 on Android"],
  ])("a phone: %s", (userAgent, name) => {
    expect(deviceOf(userAgent)).toEqual({ name, kind: "phone" });
  });

  test.each(["", "node", "curl/8.5.0", "python-requests/2.32", "Mozilla/5.0", "Safari/604.1"])(
    "a program: %j",
    (userAgent) => {
      expect(deviceOf(userAgent)).toEqual({ name: "No known browser", kind: "program" });
    },
  );

  // The header is whatever a caller writes: shown to an admin, it must not be able to say anything.
  test.each([
    "Firefox/1<script>alert(1)</script>",
    `Chrome/${"9".repeat(300)}`,
    "Edg/12\u202e on evil\r\n",
    "OPR/7 iPad",
  ])("nothing of the header's own gets through: %j", (userAgent) => {
    expect(deviceOf(userAgent).name).toMatch(/^[A-Z][A-Za-z ]+ \d{1,4}( on [A-Za-z]+)?$/);
  });
});
