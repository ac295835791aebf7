import fc from "fast-check";
import { type Action, parseActions } from "../action/actions.ts";
import { type Flow, flow } from "../flow/flow.ts";
import { allFields, type Field, fieldOf } from "../match/fields.ts";
import { type FieldMatch, fieldMatch, type Match, matchOf } from "../match/match.ts";
import { etherTypes, ipProtocols } from "../match/prerequisites.ts";

/** Values of a field, and masks where it has them. */
export function arbitraryCondition(field: Field): fc.Arbitrary<FieldMatch> {
  const value = fc.bigInt({ min: 0n, max: field.exact });
  if (field.name === "vlan_vid") return value.map((v) => fieldMatch("vlan_vid", v | 0x1000n));
  // Open vSwitch keeps the operation in eight bits.
  if (field.name === "arp_op") return fc.nat(255).map((v) => fieldMatch("arp_op", BigInt(v)));
  if (field.text === "port") return fc.nat(0xfeff).map((v) => fieldMatch(field.name, BigInt(v)));
  if (field.text === "ctState") return maskedUpTo(field, 0xffn);
  if (field.text === "frag")
    return fc.constantFrom(...fragments).map(([v, m]) => fieldMatch(field.name, v, m));
  if (!field.maskable) return value.map((v) => fieldMatch(field.name, v));
  return maskedUpTo(field, field.exact);
}

/** Without "later": such fragments have no ports. */
const fragments = [
  [0n, 3n],
  [1n, 3n],
  [1n, 1n],
  [0n, 2n],
] as const;

function maskedUpTo(field: Field, max: bigint): fc.Arbitrary<FieldMatch> {
  return fc
    .tuple(fc.bigInt({ min: 0n, max }), fc.option(fc.bigInt({ min: 1n, max })))
    .map(([v, m]) => fieldMatch(field.name, m === null ? v : v & m, m ?? max));
}

/** What a packet is: conditions that make some fields exist. */
const kinds: readonly {
  readonly needs: readonly string[];
  readonly base: readonly FieldMatch[];
}[] = [
  { needs: [], base: [] },
  { needs: ["arp"], base: [fieldMatch("eth_type", BigInt(etherTypes.arp))] },
  ...(["ipv4", "ipv6"] as const).flatMap((family) => {
    const type = fieldMatch("eth_type", BigInt(etherTypes[family]));
    const icmp = family === "ipv4" ? "icmp" : "icmpv6";
    return [
      { needs: ["ip", family], base: [type] },
      ...(["tcp", "udp", "sctp"] as const).map((p) => ({
        needs: ["ip", family, p],
        base: [type, fieldMatch("nw_proto", BigInt(ipProtocols[p]))],
      })),
      {
        needs: ["ip", family, icmp],
        base: [type, fieldMatch("nw_proto", BigInt(ipProtocols[icmp]))],
      },
    ];
  }),
  { needs: ["mpls"], base: [fieldMatch("eth_type", BigInt(etherTypes.mpls))] },
];

/** Fields that make the packet what it is, that other fields stand for, or that only the switch may match. */
const reserved = new Set<string>([
  ...["eth_type", "nw_proto", "packet_type", "in_port", "vlan_tci", "nw_tos", "vlan_pcp"],
  ...["recirc_id", "dp_hash", "actset_output", "tun_erspan_idx", "tun_erspan_dir"],
  ...["tun_erspan_hwid", "tun_erspan_ver", "tun_gbp_flags"],
]);

function fieldsFor(needs: readonly string[]): readonly Field[] {
  return allFields().filter(
    (f) =>
      !reserved.has(f.name) &&
      !/^xx?reg/.test(f.name) &&
      (f.needs === undefined || needs.includes(f.needs)),
  );
}

/** Matches that a switch takes. */
export const arbitraryMatch: fc.Arbitrary<Match> = fc
  .constantFrom(...kinds)
  .chain(({ needs, base }) =>
    fc
      .subarray([...fieldsFor(needs)], { maxLength: 5 })
      .chain((chosen) => fc.tuple(...chosen.map(arbitraryCondition)))
      .map((conditions) => matchOf(...base, ...conditions)),
  );

/** Actions that fit any packet. */
export const arbitraryAction: fc.Arbitrary<Action> = fc.oneof(
  fc
    .constantFrom("reg0", "reg7", "reg15", "xreg1", "xxreg3", "tun_id", "pkt_mark", "metadata")
    .chain((name) => {
      const { exact } = fieldOf(name);
      return fc
        .tuple(fc.bigInt({ min: 0n, max: exact }), fc.bigInt({ min: 1n, max: exact }))
        .map(([v, m]) => parseActions(`set_field:${v & m}/${m}->${name}`)[0] as Action);
    }),
  fc.nat(0xfeff).map((port) => parseActions(`output:${port}`)[0] as Action),
  fc.nat(253).map((table) => parseActions(`resubmit(,${table})`)[0] as Action),
  fc
    .tuple(fc.nat(15), fc.nat(15))
    .map(([a, b]) => parseActions(`move:reg${a}[0..7]->reg${b}[8..15]`)[0] as Action),
  fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => {
    const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join(".");
    return parseActions(`controller(userdata=${hex},max_len=128)`)[0] as Action;
  }),
  fc.constantFrom(
    ...parseActions(
      "NORMAL,IN_PORT,LOCAL,ct_clear,exit,set_queue:5,note:01.02.03.04.05.06,clone(output:1)",
    ),
  ),
);

export const arbitraryFlow: fc.Arbitrary<Flow> = fc
  .record({
    table: fc.nat(253),
    priority: fc.nat(0xffff),
    cookie: fc.bigInt({ min: 0n, max: 0xfffffffffffffffen }),
    match: arbitraryMatch,
    actions: fc.array(arbitraryAction, { maxLength: 4 }),
    idleTimeoutS: fc.nat(0xffff),
    hardTimeoutS: fc.nat(0xffff),
    importance: fc.nat(0xffff),
    flags: fc.subarray(["send_flow_rem", "no_packet_counts", "no_byte_counts"] as const),
  })
  .map(flow);
