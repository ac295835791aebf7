import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cidrContains, familyOf, type IpAddress, ipToBigInt, ofPort } from "@antrea/net";
import { tables } from "../tables.ts";
import { lookUp } from "../testing/look-up.ts";
import { cidr, ip } from "../testing/network.ts";
import { policyRule } from "../testing/policy.ts";
import type { FlowService, PolicyFlowRule, PolicyPod } from "../policy/rule.ts";
import { compilePolicyRule } from "./network-policy.ts";

/** A world small enough that rules and packets meet. */
const addresses = [
  "10.0.0.1",
  "10.0.0.2",
  "10.0.0.9",
  "10.0.1.1",
  "fd00::1",
  "fd00::2",
  "fd00::9",
].map(ip);
const blocks = ["0.0.0.0/0", "10.0.0.0/30", "10.0.0.0/16", "::/0", "fd00::/126", "fd00::/64"].map(
  cidr,
);
const excepts = ["10.0.0.0/31", "10.0.0.2/32", "10.0.1.0/24", "fd00::2/127", "fd00::/64"].map(cidr);
const ports = [0, 1, 79, 80, 81, 443, 8080, 65_535];

const pods: readonly PolicyPod[] = [
  { ofPort: ofPort(1), addresses: [ip("10.0.0.1"), ip("fd00::1")] },
  { ofPort: ofPort(2), addresses: [ip("10.0.0.2"), ip("fd00::2")] },
];

const port = fc.constantFrom(...ports);
const range = fc.option(
  fc.tuple(port, port).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
  {
    nil: undefined,
  },
);
const service: fc.Arbitrary<FlowService> = fc.oneof(
  fc
    .record({
      protocol: fc.constantFrom("TCP" as const, "UDP" as const, "SCTP" as const),
      to: range,
      from: range,
    })
    .map(({ protocol, to, from }) => ({
      protocol,
      ...(to && { port: to[0], endPort: to[1] }),
      ...(from && { srcPort: from[0], srcEndPort: from[1] }),
    })),
  fc.record({
    protocol: fc.constant("ICMP" as const),
    icmpType: fc.constantFrom(undefined, 0, 8),
    icmpCode: fc.constantFrom(undefined, 0),
  }),
);
const some = <T>(values: readonly T[]) => fc.subarray([...values]);
const rule = fc
  .record({
    direction: fc.constantFrom("In" as const, "Out" as const),
    stage: fc.constantFrom("tiered" as const, "kubernetes" as const),
    action: fc.constantFrom("Allow" as const, "Drop" as const),
    appliedTo: some(pods),
    addresses: some(addresses),
    ipBlocks: fc.array(fc.record({ cidr: fc.constantFrom(...blocks), except: some(excepts) }), {
      maxLength: 2,
    }),
    services: fc.oneof(fc.constant("all" as const), fc.array(service, { maxLength: 3 })),
  })
  .map(
    ({ addresses: own, ipBlocks, ...rest }): PolicyFlowRule =>
      policyRule({ ...rest, peer: { addresses: own, ipBlocks } }),
  );

interface Packet {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly target: number;
  readonly protocol: "TCP" | "UDP" | "SCTP" | "ICMP";
  readonly from: number;
  readonly to: number;
  readonly isFirstFragment: boolean;
}
const sameFamily = fc.constantFrom("ipv4", "ipv6").chain((family) => {
  const own = addresses.filter((a) => familyOf(a) === family);
  return fc.tuple(fc.constantFrom(...own), fc.constantFrom(...own));
});
const packet: fc.Arbitrary<Packet> = fc
  .record({
    ends: sameFamily,
    target: fc.constantFrom(1, 2, 3),
    protocol: fc.constantFrom("TCP" as const, "UDP" as const, "SCTP" as const, "ICMP" as const),
    from: port,
    to: port,
    isFirstFragment: fc.boolean(),
  })
  .map(({ ends: [source, destination], ...rest }) => ({ source, destination, ...rest }));

/** The rule by its own words. */
function isMeant(rule: PolicyFlowRule, packet: Packet): boolean {
  const isIn = rule.direction === "In";
  const peer = isIn ? packet.source : packet.destination;
  const isOwn = rule.appliedTo.some((pod) =>
    isIn ? pod.ofPort === packet.target : pod.addresses.includes(packet.source),
  );
  const isPeer =
    rule.peer.addresses.includes(peer) ||
    rule.peer.ipBlocks.some(
      (one) => cidrContains(one.cidr, peer) && !one.except.some((e) => cidrContains(e, peer)),
    );
  return (
    isOwn &&
    isPeer &&
    (rule.services === "all" || rule.services.some((s) => s.protocol !== "IGMP" && isOf(s, packet)))
  );
}

function isOf(
  wanted: Exclude<FlowService, { readonly protocol: "IGMP" }>,
  { protocol, from, to }: Packet,
): boolean {
  if (wanted.protocol !== protocol) return false;
  if (wanted.protocol === "ICMP")
    return [
      [wanted.icmpType, from],
      [wanted.icmpCode, to],
    ].every(([a, b]) => a === undefined || a === b);
  const within = (n: number, first?: number, last = first) =>
    first === undefined || (n >= first && n <= (last ?? first));
  return within(to, wanted.port, wanted.endPort) && within(from, wanted.srcPort, wanted.srcEndPort);
}

/** The packet as the tables see it. A fragment has no ports but those that conntrack knows. */
function fieldsOf({ source, destination, target, protocol, from, to, isFirstFragment }: Packet) {
  const isV4 = familyOf(source) === "ipv4";
  const proto = BigInt({ TCP: 6, UDP: 17, SCTP: 132, ICMP: isV4 ? 1 : 58 }[protocol]);
  const [src, dst] =
    protocol === "ICMP"
      ? isV4
        ? ["icmp_type", "icmp_code"]
        : ["icmpv6_type", "icmpv6_code"]
      : [`${protocol.toLowerCase()}_src`, `${protocol.toLowerCase()}_dst`];
  return new Map<string, bigint>([
    ["eth_type", isV4 ? 0x0800n : 0x86ddn],
    [isV4 ? "ip_src" : "ipv6_src", ipToBigInt(source)],
    [isV4 ? "ip_dst" : "ipv6_dst", ipToBigInt(destination)],
    ["nw_proto", proto],
    ["reg1", BigInt(target)],
    ["ip_frag", isFirstFragment ? 1n : 0n],
    ["ct_state", 0x21n],
    ["ct_nw_proto", proto],
    ["ct_tp_src", BigInt(from)],
    ["ct_tp_dst", BigInt(to)],
    [src, isFirstFragment ? 0n : BigInt(from)],
    [dst, isFirstFragment ? 0n : BigInt(to)],
  ] as const);
}

const tableOf = {
  In: { tiered: tables.AntreaPolicyIngressRule, kubernetes: tables.IngressRule },
  Out: { tiered: tables.AntreaPolicyEgressRule, kubernetes: tables.EgressRule },
} as const;

test("compilePolicyRule() decides about exactly the packets that the rule means", () => {
  let meant = 0;
  fc.assert(
    fc.property(rule, fc.array(packet, { minLength: 20, maxLength: 20 }), (one, packets) => {
      const flows = compilePolicyRule(one, { families: ["ipv4", "ipv6"] });
      const { id: table } = tableOf[one.direction][one.stage as "tiered" | "kubernetes"];
      for (const each of packets) {
        if (each.protocol === "SCTP" && each.isFirstFragment) continue; // dropped before
        if (each.protocol === "ICMP" && (each.from > 255 || each.to > 255)) continue;
        const decided = lookUp(flows, table, fieldsOf(each)) !== undefined;
        if (decided) meant++;
        assert.equal(decided, isMeant(one, each), JSON.stringify(each));
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(meant > 200, `${meant} packets were meant`);
});
