import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sourceFiles } from "../../support/imports";

/** Where a key is looked at: by its event's type, by its name in a listener, or in a handler written in place. */
const handlesKeys =
  /\bKeyboardEvent\b|["']key(down|up|press)["']|\bonKey(Down|Up|Press)\w*(=\{|: )\(|\bevent\.key\b/;
/** Layers of the library that may hold a field, and that it closes by Esc. */
const closesByEsc = /@base-ui\/react\/(alert-dialog|dialog|drawer|popover)"[\s\S]*onOpenChange=/;
const asks = /\bisComposing\([a-z.]+\)/i;

const forgets = (text: string) => (handlesKeys.test(text) || closesByEsc.test(text)) && !asks.test(text);

// Whoever composes Japanese, Chinese or Korean would send, discard or cut off what they have not written yet.
describe("own key handling", () => {
  const files = sourceFiles().filter((file) => /^(app|components|lib\/(browser|shared))\//.test(file));

  test("asks first whether a character is being composed", () => {
    const handling = files.filter((file) => asks.test(readFileSync(file, "utf8")));
    expect(handling.length).toBeGreaterThan(10);
    expect(files.filter((file) => forgets(readFileSync(file, "utf8")))).toEqual([]);
  });

  test.each([
    `const onKeyDown = (event: KeyboardEvent) => { if (event.key === "Enter") save(); };`,
    `<input onKeyDown={(e) => e.key === "Escape" && leave()} />`,
    `document.addEventListener("keydown", listener);`,
    `import { Dialog as Base } from "@base-ui/react/dialog";\n<Base.Root onOpenChange={onClose} />`,
  ])("would be found: %s", (text) => expect(forgets(text)).toBe(true));

  test.each([
    `const onKeyDown = useTableKeys(rows);`,
    `if (isComposing(event)) return;\nif (event.key === "Enter") save();`,
  ])("is not: %s", (text) => expect(forgets(text)).toBe(false));
});
