import type { Names } from "../names.ts";
import { keyValue, splitTopLevel, textError } from "../text.ts";
import { type Field, type FieldName, fieldOf, findField } from "./fields.ts";
import { protocolWords } from "./format.ts";
import { canonicalMatch, type FieldMatch, fieldMatch, type Match } from "./match.ts";
import { etherTypes, ipProtocols } from "./prerequisites.ts";
import { parseInteger, parseValue } from "./value-text.ts";

/** One `key=value`, or a bare protocol word, of a match in the dialect of ovs-ofctl. */
export interface MatchItem {
  readonly key: string;
  readonly value: string | undefined;
}

/** Conditions of all items, not yet canonical: names that several protocols share are resolved. */
export function parseMatchItems(items: readonly MatchItem[], names: Names): FieldMatch[] {
  const conditions: FieldMatch[] = [];
  for (const { key, value } of items) if (value === undefined) conditions.push(...wordOf(key));
  const protocol = protocolOf(conditions, items);
  for (const { key, value } of items)
    if (value !== undefined) conditions.push(...itemOf(key, value, protocol, names));
  return conditions;
}

/** The canonical match of a text such as "tcp,nw_dst=10.0.0.1". */
export function parseMatchText(text: string, names: Names = {}): Match {
  const conditions = parseMatchItems(splitTopLevel(text).map(keyValue), names);
  return canonicalMatch(conditions) ?? textError(`Expected conditions that agree, saw "${text}"`);
}

/** Whether a bare word, or the key of an item, belongs to a match. */
export function isMatchKey(key: string): boolean {
  return (
    protocolWords.some((w) => w.word === key) ||
    key in shared ||
    key in special ||
    findField(key) !== undefined
  );
}

function wordOf(word: string): readonly FieldMatch[] {
  const found = protocolWords.find((w) => w.word === word);
  if (!found) textError(`Expected a field or a protocol in the match, saw "${word}"`);
  const type = fieldMatch("eth_type", BigInt(found.etherType));
  if (found.protocol === undefined) return [type];
  return [type, fieldMatch("nw_proto", BigInt(found.protocol))];
}

interface Protocol {
  readonly etherType: number | undefined;
  readonly protocol: number | undefined;
}

function protocolOf(words: readonly FieldMatch[], items: readonly MatchItem[]): Protocol {
  const number = (field: FieldName, ...keys: string[]): number | undefined => {
    const word = words.find((m) => m.field === field);
    if (word) return Number(word.value);
    const item = items.find(({ key }) => keys.includes(key));
    const value = item?.value === undefined ? undefined : parseInteger(item.value);
    return value === undefined ? undefined : Number(value);
  };
  return {
    etherType: number("eth_type", "eth_type", "dl_type"),
    protocol: number("nw_proto", "nw_proto", "ip_proto"),
  };
}

/** Names that mean another field for another protocol. */
const shared: Readonly<Record<string, (p: Protocol) => FieldName>> = {
  tp_src: (p) => portField(p, "src"),
  tp_dst: (p) => portField(p, "dst"),
  icmp_type: (p) => (p.etherType === etherTypes.ipv6 ? "icmpv6_type" : "icmp_type"),
  icmp_code: (p) => (p.etherType === etherTypes.ipv6 ? "icmpv6_code" : "icmp_code"),
  in_port: () => "in_port_oxm",
};

function portField({ protocol }: Protocol, end: "src" | "dst"): FieldName {
  switch (protocol) {
    case ipProtocols.tcp:
      return `tcp_${end}`;
    case ipProtocols.udp:
      return `udp_${end}`;
    case ipProtocols.sctp:
      return `sctp_${end}`;
    default:
      return textError(`tp_${end} needs a protocol: write tcp, udp or sctp before it`);
  }
}

/** Names for a part of a field. */
const special: Readonly<Record<string, (text: string) => readonly FieldMatch[] | undefined>> = {
  dl_vlan(text) {
    const vid = parseInteger(text);
    return vid !== undefined && vid <= 0xfffn ? [fieldMatch("vlan_vid", vid | 0x1000n)] : undefined;
  },
  dl_vlan_pcp(text) {
    const pcp = parseInteger(text);
    if (pcp === undefined || pcp > 7n) return undefined;
    return [fieldMatch("vlan_vid", 0x1000n, 0x1000n), fieldMatch("vlan_pcp", pcp)];
  },
  nw_tos(text) {
    const tos = parseInteger(text);
    return tos !== undefined && tos <= 0xffn && (tos & 3n) === 0n
      ? [fieldMatch("ip_dscp", tos >> 2n)]
      : undefined;
  },
};

function itemOf(
  key: string,
  text: string,
  protocol: Protocol,
  names: Names,
): readonly FieldMatch[] {
  const part = special[key]?.(text);
  if (part) return part;
  const name = shared[key]?.(protocol);
  const field = name === undefined ? findField(key) : fieldOf(name);
  if (!field) textError(`Expected the name of a field, saw "${key}"`);
  if (text === "*" || text === "ANY") return [];
  const value = parseValue(field, text, names);
  if (!value) textError(`Expected a value of ${key}, saw "${text}"`);
  return [fieldMatch(field.name, value.value, value.mask)];
}

/** The field that a text names, or a sentence. */
export function requireField(text: string): Field {
  return findField(text) ?? textError(`Expected the name of a field, saw "${text}"`);
}
