import { conntrackFields } from "./conntrack.ts";
import { ethernetFields, mplsFields, vlanFields } from "./ethernet.ts";
import type { FieldDefinition } from "./field.ts";
import {
  arpAddressFields,
  arpFields,
  ipFields,
  ipv4AddressFields,
  ipv6AddressFields,
  protocolFields,
} from "./ip.ts";
import { metadataFields, packetTypeFields, portFields, tunnelFields } from "./metadata.ts";
import { regFields, xregFields, xxregFields } from "./registers.ts";
import { transportFields } from "./transport.ts";

/** Every field, in the order in which Open vSwitch prints a match: the canonical order of a match. */
export const fields = {
  ...metadataFields,
  ...conntrackFields,
  ...packetTypeFields,
  ...regFields,
  ...xregFields,
  ...xxregFields,
  ...tunnelFields,
  ...portFields,
  ...vlanFields,
  ...ethernetFields,
  ...ipv6AddressFields,
  ...arpAddressFields,
  ...ipv4AddressFields,
  ...protocolFields,
  ...arpFields,
  ...ipFields,
  ...mplsFields,
  ...transportFields,
} as const;

/** A field by the name that ovs-fields(7) gives it. */
export type FieldName = keyof typeof fields;

export interface Field extends FieldDefinition {
  readonly name: FieldName;
  /** Place in the canonical order. */
  readonly rank: number;
  /** In bytes on the wire. */
  readonly size: number;
  /** The mask of an exact match. */
  readonly exact: bigint;
}

/** Fields of 17 to 24 bits take four bytes, all others as few as they need. */
function sizeOf(bits: number): number {
  const size = Math.ceil(bits / 8);
  return size === 3 ? 4 : size;
}

const list: readonly Field[] = Object.entries(fields as Record<string, FieldDefinition>).map(
  ([name, definition], rank) => ({
    ...definition,
    name: name as FieldName,
    rank,
    size: definition.bytes ?? sizeOf(definition.bits),
    exact: definition.exact ?? (1n << BigInt(definition.bits)) - 1n,
  }),
);

const byName: ReadonlyMap<string, Field> = new Map(list.map((field) => [field.name, field]));

/** Own names win over other names, earlier fields over later ones. */
const byText: ReadonlyMap<string, Field> = new Map(
  list
    .flatMap((field) => [
      ...[field.inMatch, ...(field.aliases ?? [])].map((name) => [name, field] as const),
    ])
    .reverse()
    .concat(list.flatMap((field) => [[field.name, field] as const, [field.nxm, field] as const]))
    .flatMap(([name, field]) => (name === undefined ? [] : [[name.toLowerCase(), field]])),
);

const byOxm: ReadonlyMap<number, Field> = new Map(
  list
    .filter((field) => field.oxm[2] === undefined)
    .flatMap((field) =>
      [field.oxm, ...(field.also ? [field.also] : [])].map(([oxmClass, number]) => [
        oxmKey(oxmClass, number),
        field,
      ]),
    ),
);

const byExperimenter: ReadonlyMap<string, Field> = new Map(
  list.filter((f) => f.oxm[2] !== undefined).map((f) => [`${f.oxm[2]}:${f.oxm[1]}`, f]),
);

export function allFields(): readonly Field[] {
  return list;
}

export function fieldOf(name: FieldName): Field {
  return byName.get(name) as Field;
}

/** By any name that ovs-ofctl takes; undefined for one that says a field only together with its protocol. */
export function findField(text: string): Field | undefined {
  return byText.get(text.toLowerCase());
}

/** By OXM class and number; undefined if this room does not know it. */
export function findOxm(oxmClass: number, field: number): Field | undefined {
  return byOxm.get(oxmKey(oxmClass, field));
}

export function findExperimenterOxm(experimenter: number, field: number): Field | undefined {
  return byExperimenter.get(`${experimenter}:${field}`);
}

function oxmKey(oxmClass: number, field: number): number {
  return (oxmClass << 7) | field;
}
