import type { BundledMessage } from "./message/bundle.ts";
import { flowModOf } from "./message/flow-mod.ts";
import { groupModOf, groupModsOf } from "./message/group-mod.ts";
import type { MeterMod } from "./message/meter-mod.ts";
import type { FlowChange } from "./flow/flow.ts";
import type { Group, GroupChange } from "./flow/group.ts";
import type { MeterChange } from "./flow/meter.ts";

/** What to change of a switch. */
export interface SwitchChange {
  readonly flows?: FlowChange;
  readonly groups?: GroupChange;
  readonly meters?: MeterChange;
}

/** The messages of a change, in the order in which they lose no packet. */
export interface PlannedChange {
  /** Meters cannot be in a bundle: the new ones go before it … */
  readonly before: readonly MeterMod[];
  /** Groups, then flows that may use them, then flows to remove, then groups that none uses. */
  readonly bundle: readonly BundledMessage[];
  /** … the old ones behind it. */
  readonly after: readonly MeterMod[];
}

export function planChange({ flows, groups, meters }: SwitchChange): PlannedChange {
  const bundle: BundledMessage[] = [];
  for (const { value } of groups?.add ?? []) bundle.push(...groupModsOf("add", value));
  for (const { value } of groups?.modify ?? []) bundle.push(...groupModsOf("modify", value));
  for (const { value } of flows?.add ?? []) bundle.push(flowModOf("add", value));
  // Adding a flow again replaces it, cookie and all, and keeps its counters.
  for (const { value } of flows?.modify ?? []) bundle.push(flowModOf("add", value));
  for (const { before } of flows?.remove ?? [])
    bundle.push(flowModOf("deleteStrict", bare(before)));
  for (const { before } of groups?.remove ?? []) bundle.push(groupModOf("delete", emptied(before)));
  return {
    before: [
      ...(meters?.add ?? []).map(({ value }) => meterMod("add", value)),
      ...(meters?.modify ?? []).map(({ value }) => meterMod("modify", value)),
    ],
    bundle,
    after: (meters?.remove ?? []).map(({ before }) => meterMod("delete", { ...before, bands: [] })),
  };
}

function meterMod(command: MeterMod["command"], meter: MeterMod["meter"]): MeterMod {
  return { kind: "meterMod", command, meter };
}

/** A strict delete looks at table, priority and match only. */
function bare<F extends { readonly actions: readonly unknown[] }>(flow: F): F {
  return { ...flow, actions: [] };
}

function emptied({ id, type }: Group): Group {
  return { id, type, buckets: [] };
}
