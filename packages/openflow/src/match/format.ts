import type { Names } from "../names.ts";
import type { Field } from "./fields.ts";
import { type FieldName, fieldOf } from "./fields.ts";
import { type FieldMatch, type Match, maskOfMatch } from "./match.ts";
import { etherTypes, ipProtocols } from "./prerequisites.ts";
import { formatValue, hex } from "./value-text.ts";

/** The word for what a match says of eth_type and nw_proto, and whether it says all of nw_proto. */
export interface ProtocolWord {
  readonly word: string;
  readonly etherType: number;
  readonly protocol?: number;
}

/** Longest first: a word with a protocol wins over the one of its EtherType. */
export const protocolWords: readonly ProtocolWord[] = [
  { word: "icmp", etherType: etherTypes.ipv4, protocol: ipProtocols.icmp },
  { word: "tcp", etherType: etherTypes.ipv4, protocol: ipProtocols.tcp },
  { word: "udp", etherType: etherTypes.ipv4, protocol: ipProtocols.udp },
  { word: "sctp", etherType: etherTypes.ipv4, protocol: ipProtocols.sctp },
  { word: "ip", etherType: etherTypes.ipv4 },
  { word: "icmp6", etherType: etherTypes.ipv6, protocol: ipProtocols.icmpv6 },
  { word: "tcp6", etherType: etherTypes.ipv6, protocol: ipProtocols.tcp },
  { word: "udp6", etherType: etherTypes.ipv6, protocol: ipProtocols.udp },
  { word: "sctp6", etherType: etherTypes.ipv6, protocol: ipProtocols.sctp },
  { word: "ipv6", etherType: etherTypes.ipv6 },
  { word: "arp", etherType: etherTypes.arp },
  { word: "rarp", etherType: etherTypes.rarp },
  { word: "mpls", etherType: etherTypes.mpls },
  { word: "mplsm", etherType: etherTypes.mplsMulticast },
];

/** Fields that are printed before the word for the protocol; all others come after it. */
const lastBeforeProtocol = fieldOf("packet_type").rank;

/** As `ovs-ofctl dump-flows` prints it, without the priority; empty if everything matches. */
export function formatMatch(match: Match, names: Names = {}): string {
  const type = match.find((m) => m.field === "eth_type");
  const word = type && wordFor(Number(type.value), match);
  const parts: string[] = [];
  let isWordDue = word !== undefined;
  for (const condition of match) {
    const field = fieldOf(condition.field);
    if (isWordDue && word && field.rank > lastBeforeProtocol) {
      parts.push(word.word);
      isWordDue = false;
    }
    if (word && condition.field === "eth_type") continue;
    if (word?.protocol !== undefined && condition.field === "nw_proto") continue;
    const text = formatCondition(field, condition, match, names);
    if (text !== "") parts.push(text);
  }
  return parts.join(",");
}

function wordFor(etherType: number, match: Match): ProtocolWord | undefined {
  const protocol = match.find((m) => m.field === "nw_proto")?.value;
  return protocolWords.find(
    (w) =>
      w.etherType === etherType && (w.protocol === undefined || BigInt(w.protocol) === protocol),
  );
}

function formatCondition(field: Field, condition: FieldMatch, match: Match, names: Names): string {
  if (field.name === "vlan_vid") return formatTag(match);
  if (field.name === "vlan_pcp") return "";
  if (field.name === "ip_dscp") return `nw_tos=${condition.value << 2n}`;
  return `${field.inMatch ?? field.name}=${conditionText(field, condition, names)}`;
}

/** Conditions differ from `set_field` values in how zero, masks and widths are written. */
function conditionText(field: Field, condition: FieldMatch, names: Names): string {
  const { value, mask } = condition;
  switch (field.name) {
    case "ct_label":
      return formatValue(field, condition, names);
    case "ct_zone":
      return `${value}`;
    case "eth_type":
      return `0x${value.toString(16).padStart(4, "0")}`;
    case "ipv6_label":
      return [value, mask ?? []].flat().map(paddedLabel).join("/");
    case "ct_state":
      return formatValue(field, mask === 0xffn ? { value } : condition, names);
    case "tun_flags":
      return formatValue(field, { value, mask: mask ?? field.exact }, names);
    default:
      break;
  }
  if (field.text === "decimal" && mask !== undefined)
    return `0x${value.toString(16)}/0x${mask.toString(16)}`;
  if (field.text !== "hex" && field.name !== "recirc_id")
    return formatValue(field, condition, names);
  return mask === undefined ? hex(value) : `${hex(value)}/${hex(mask)}`;
}

function paddedLabel(value: bigint): string {
  return `0x${value.toString(16).padStart(5, "0")}`;
}

/** `dl_vlan` and `dl_vlan_pcp` where that says it all, `vlan_tci` otherwise. */
function formatTag(match: Match): string {
  const find = (name: FieldName) => match.find((m) => m.field === name);
  const vid = find("vlan_vid") as FieldMatch;
  const pcp = find("vlan_pcp");
  const mask = maskOfMatch(vid) | (pcp ? 0xe000n : 0n);
  const tci = vid.value | ((pcp?.value ?? 0n) << 13n);
  const vidMask = mask & 0xfffn;
  const isTagged = (tci & mask & 0x1000n) !== 0n;
  if (isTagged && (vidMask === 0n || vidMask === 0xfffn) && mask !== 0x1000n) {
    const parts = vidMask === 0n ? [] : [`dl_vlan=${tci & 0xfffn}`];
    if (pcp) parts.push(`dl_vlan_pcp=${pcp.value}`);
    return parts.join(",");
  }
  const text = (n: bigint) => `0x${n.toString(16).padStart(4, "0")}`;
  return mask === 0xffffn ? `vlan_tci=${text(tci)}` : `vlan_tci=${text(tci)}/${text(mask)}`;
}
