import type { LabelSelector } from "@antrea/api";
import {
  addressBits,
  type Cidr,
  cidrOf,
  familyOf,
  type IpAddress,
  prefixLengthOf,
} from "@antrea/net";
import fc from "fast-check";
import type { Labels } from "../../computation/records.ts";
import { ip } from "./small-cluster.ts";

/** Few names and addresses, so that what is made at random meets. */
export const universe = {
  namespaces: ["a", "b", "c"],
  nodes: ["n1", "n2"],
  pods: ["p1", "p2", "p3", "p4"],
  groups: ["g1", "g2", "g3", "g4"],
  services: ["s1", "s2"],
  serviceAccounts: ["default", "bot"],
  keys: ["app", "env"],
  values: ["", "x"],
  portNames: ["http", "dns"],
  ports: [1, 2, 79, 80, 81, 443, 8080, 65_534, 65_535],
  sourcePorts: [1024, 40_000, 65_535],
  /** Of Pods that may be on a Node, most of both families. The first Node is that of `policySwitch()`. */
  podIps: {
    n1: [
      ["10.244.1.2", "fd00:10:244:1::2"].map(ip),
      ["10.244.1.3", "fd00:10:244:1::3"].map(ip),
      ["10.244.1.4"].map(ip),
    ],
    n2: [
      ["10.244.2.2", "fd00:10:244:2::2"].map(ip),
      ["10.244.2.3"].map(ip),
      ["fd00:10:244:2::82"].map(ip),
    ],
  },
  nodeIps: {
    n1: ["10.244.1.1", "fd00:10:244:1::1", "172.30.1.11"].map(ip),
    n2: ["10.244.2.1", "fd00:10:244:2::1", "172.30.2.12"].map(ip),
  },
  worldIps: ["10.244.2.200", "192.0.2.1", "fd00:10:244:2::ffff", "2001:db8::1"].map(ip),
} as const;

export const allIps: readonly IpAddress[] = [
  ...Object.values(universe.podIps).flat(2),
  ...Object.values(universe.nodeIps).flat(),
  ...universe.worldIps,
];

export const oneOf = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
export const some = <T>(item: fc.Arbitrary<T>, most = 2): fc.Arbitrary<readonly T[]> =>
  fc.array(item, { minLength: 1, maxLength: most });

/** An object with these members, of which any may be missing but those that are required. */
export const maybe = <T, K extends keyof T>(
  members: { [P in keyof T]: fc.Arbitrary<T[P]> },
  requiredKeys: K[] = [],
) => fc.record<T, K>(members, { requiredKeys });

export const labels: fc.Arbitrary<Labels> = fc.dictionary(
  oneOf(universe.keys),
  oneOf(universe.values),
  { maxKeys: 2, noNullPrototype: true },
);

const key = oneOf(universe.keys);
const values = some(oneOf(universe.values));
const requirement = fc.oneof(
  fc.record({ key, operator: fc.constantFrom("In" as const, "NotIn" as const), values }),
  fc.record({ key, operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const) }),
);

/** Empty and missing parts are as likely as full ones. */
export const selector: fc.Arbitrary<LabelSelector> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: maybe({
      matchLabels: fc.dictionary(key, oneOf(universe.values), {
        maxKeys: 2,
        noNullPrototype: true,
      }),
      matchExpressions: fc.array(requirement, { maxLength: 2 }),
    }),
  },
);

/** Networks around the addresses that there are, down to one address and up to all. */
export const network: fc.Arbitrary<Cidr> = fc
  .tuple(oneOf(allIps), fc.nat(128))
  .map(([address, bits]) => cidrOf(address, bits % (addressBits[familyOf(address)] + 1)));

/** Excepts lie inside their network, and may overlap or lie in one another. */
export const ipBlock = fc
  .tuple(network, fc.array(fc.tuple(oneOf(allIps), fc.nat(128)), { maxLength: 3 }))
  .map(([cidr, inner]) => ({ cidr, ...exceptsOf(cidr, inner) }));

function exceptsOf(cidr: Cidr, inner: readonly (readonly [IpAddress, number])[]) {
  const length = prefixLengthOf(cidr);
  const except = inner.flatMap(([address, more]) => {
    const bits = addressBits[familyOf(address)];
    const isInside = cidrOf(address, Math.min(length, bits)) === cidr && length < bits;
    return isInside ? [cidrOf(address, length + 1 + (more % (bits - length)))] : [];
  });
  return except.length > 0 ? { except } : {};
}

/** A number at the edge of something, a name, or a range from one edge to another. */
export const port = fc.oneof(
  fc.record({ port: oneOf(universe.ports) }),
  fc.record({ port: oneOf(universe.portNames) }),
  range(universe.ports).map(([first, last]) => ({ port: first, endPort: last })),
  fc.constant({}),
);

export function range(ports: readonly number[]): fc.Arbitrary<readonly [number, number]> {
  return fc
    .tuple(oneOf(ports), oneOf(ports))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
}

export const protocol = fc.constantFrom("TCP" as const, "UDP" as const, "SCTP" as const);
