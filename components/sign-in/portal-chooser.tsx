"use client";

import { Field } from "@/components/ui/field";
import { OptionTiles } from "@/components/ui/option-tiles";
import { Select } from "@/components/ui/select";
import type { PortalList } from "@/lib/contracts/sessions";

type PortalChooserProps = {
  portals: PortalList["items"];
  value: string;
  onChange: (id: string) => void;
};

/** Up to three portals are shown side by side; more go into a list. */
export function PortalChooser({ portals, value, onChange }: PortalChooserProps) {
  if (portals.length <= 3) {
    return (
      <OptionTiles
        label="Portal"
        onChange={onChange}
        options={portals.map((portal) => ({ value: portal.id, label: portal.name }))}
        value={value}
      />
    );
  }
  return (
    <Field label="Portal">
      <Select
        className="h-10"
        onChange={(event) => onChange(event.target.value)}
        options={portals.map((portal) => ({ value: portal.id, label: portal.name }))}
        value={value}
      />
    </Field>
  );
}
