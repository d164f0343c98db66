"use client";

import { useState } from "react";
import { ChipGroup } from "@/components/ui/chip-group";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { longDate } from "@/lib/shared/relative-time";

const choices = ["7", "30", "60", "90", "custom", "never"] as const;
type Choice = (typeof choices)[number];

/** The end of the day that is so many days ahead, where the reader is. */
export function inDays(count: number): string {
  const time = new Date();
  time.setDate(time.getDate() + count);
  time.setHours(23, 59, 59, 0);
  return time.toISOString();
}

function choiceOf(at: string | undefined): Choice {
  if (at === undefined) return "never";
  return choices.find((choice) => Number(choice) > 0 && inDays(Number(choice)) === at) ?? "custom";
}

/** `2027-02-21` in the reader's own zone. */
function dateOf(at: string): string {
  const time = new Date(at);
  const pad = (part: number) => String(part).padStart(2, "0");
  // A year that is being typed begins as 0002, and goes back into the field as it is.
  const year = String(time.getFullYear()).padStart(4, "0");
  return `${year}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
}

/** The end of that day, where the reader is. */
function endOf(date: string): string | undefined {
  const time = new Date(`${date}T23:59:59`);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

type ExpiryFieldProps = {
  value: string | undefined;
  onChange: (at: string | undefined) => void;
  error?: string;
};

/** When to be reminded; what the date does, and what it does not, stands under it. */
export function ExpiryField({ value, onChange, error }: ExpiryFieldProps) {
  // By its value: a form that is shown once more keeps what was chosen in it.
  const [choice, setChoice] = useState(() => choiceOf(value));
  const choose = (next: Choice) => {
    setChoice(next);
    if (next === "never") onChange(undefined);
    else if (next !== "custom") onChange(inDays(Number(next)));
    else if (value === undefined) onChange(inDays(30));
  };
  return (
    <div className="grid grid-cols-1 gap-3">
      <ChipGroup
        chips={choices.map((each) => ({ value: each, label: chipWords(each) }))}
        error={error}
        hint={value === undefined ? neverWords : <ReminderWords at={value} />}
        label="Expiry"
        onChange={choose}
        value={choice}
      />
      {choice === "custom" ? (
        <Field label="Remind on">
          <Input
            className="max-w-48"
            min={dateOf(inDays(1))}
            onChange={(event) => onChange(endOf(event.target.value))}
            type="date"
            value={value === undefined ? "" : dateOf(value)}
          />
        </Field>
      ) : null}
    </div>
  );
}

function chipWords(choice: Choice): string {
  if (choice === "custom") return "Custom";
  return choice === "never" ? "Never" : `${choice} days`;
}

const neverWords = "No date: nobody will be reminded of it. Allowed, and better not.";

export function ReminderWords({ at }: { at: string }) {
  if (Date.parse(at) <= Date.now()) {
    return (
      <>
        <time dateTime={at}>{longDate(at)}</time> has passed: choose a day to come.
      </>
    );
  }
  return (
    <>
      Reminder only, on <time dateTime={at}>{longDate(at)}</time>: this desk does not revoke it.
    </>
  );
}
