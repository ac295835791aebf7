import type {
  AdminPolicyIngressPeer,
  AdminPolicyPort,
  AntreaPolicySpec,
  KubernetesClusterPolicyProtocol,
} from "@antrea/api";
import fc from "fast-check";
import type { PolicyRecord } from "../../computation/records.ts";
import {
  ipBlock,
  maybe,
  network,
  oneOf,
  port,
  protocol,
  range,
  selector,
  some,
  universe,
} from "./universe.ts";

const namespace = oneOf(universe.namespaces);
const group = fc.record({ group: oneOf(universe.groups) });
const serviceAccount = fc.record({
  serviceAccount: fc.record({ name: oneOf(universe.serviceAccounts), namespace }),
});
const pods = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: selector }),
  fc.record({ podSelector: selector, namespaceSelector: selector }),
);

/** Lists may be missing, empty or full, as people write all three. */
const list = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> =>
  fc.array(item, { maxLength: 2 });

const portWithProtocol = fc
  .tuple(maybe({ protocol }), port)
  .map(([first, second]) => ({ ...first, ...second }));

const kubernetesPeer = fc.oneof(pods, fc.record({ ipBlock }));
const kubernetesSpec = maybe(
  {
    podSelector: selector,
    policyTypes: fc.subarray(["Ingress" as const, "Egress" as const]),
    ingress: list(maybe({ from: list(kubernetesPeer), ports: list(portWithProtocol) })),
    egress: list(maybe({ to: list(kubernetesPeer), ports: list(portWithProtocol) })),
  },
  ["podSelector"],
);

const antreaPort = fc
  .tuple(
    portWithProtocol,
    fc.oneof(
      { weight: 3, arbitrary: fc.constant({}) },
      {
        weight: 1,
        arbitrary: range(universe.sourcePorts).map(([sourcePort, sourceEndPort]) => ({
          sourcePort,
          sourceEndPort,
        })),
      },
    ),
  )
  .map(([one, source]) => ({ ...one, ...source }));
const icmp = fc.oneof(
  fc.constant({ icmp: {} }),
  fc.constantFrom(0, 3, 8, 128).map((icmpType) => ({ icmp: { icmpType } })),
  fc.constantFrom(0, 1).map((icmpCode) => ({ icmp: { icmpType: 3, icmpCode } })),
);

/** Peers of both kinds, and those that only a policy of the cluster may have. */
const sharedPeer = fc.oneof(pods, group, fc.record({ ipBlock }));
const clusterPeer = fc.oneof(
  { weight: 3, arbitrary: sharedPeer },
  { weight: 1, arbitrary: serviceAccount },
  { weight: 1, arbitrary: fc.record({ nodeSelector: selector }) },
  {
    weight: 1,
    arbitrary: maybe(
      {
        namespaces: fc.oneof(
          fc.constant({ match: "Self" as const }),
          fc.record({ sameLabels: some(oneOf(universe.keys)) }),
        ),
        podSelector: selector,
      },
      ["namespaces"],
    ),
  },
);

function antreaSpec(
  peer: fc.Arbitrary<NonNullable<NonNullable<AntreaPolicySpec["ingress"]>[0]["from"]>[0]>,
  subject: fc.Arbitrary<NonNullable<AntreaPolicySpec["appliedTo"]>[0]>,
): fc.Arbitrary<AntreaPolicySpec> {
  const rule = {
    action: fc.constantFrom("Allow" as const, "Drop" as const, "Reject" as const, "Pass" as const),
    ports: list(antreaPort),
    protocols: fc.oneof(fc.constant([]), list(icmp)),
  };
  return fc
    .record({
      tier: fc.constantFrom("emergency", "platform", "application", "baseline", "mine"),
      priority: fc.constantFrom(1, 1.5, 2, 100, 9999.9, 10_000),
      appliedTo: some(subject),
      isByRule: fc.boolean(),
      ingress: list(maybe({ ...rule, from: list(peer) }, ["action"])),
      egress: list(maybe({ ...rule, to: list(peer) }, ["action"])),
    })
    .map(asAdmitted);
}

type Draft = AntreaPolicySpec & { readonly isByRule: boolean };

/** Either the policy or each of its rules says whom it is for; baseline rules do not pass. */
function asAdmitted({ isByRule, appliedTo = [], ...spec }: Draft): AntreaPolicySpec {
  const fix = <R extends NonNullable<AntreaPolicySpec["ingress"]>[0]>(rule: R): R => ({
    ...rule,
    ...(isByRule ? { appliedTo } : {}),
    ...(rule.action === "Pass" && spec.tier === "baseline" ? { action: "Drop" } : {}),
  });
  const rules = { ingress: (spec.ingress ?? []).map(fix), egress: (spec.egress ?? []).map(fix) };
  return { ...spec, ...rules, ...(isByRule ? {} : { appliedTo }) };
}

const podsOfCluster = fc.oneof(
  fc.record({ namespaces: selector }),
  fc.record({ pods: fc.record({ namespaceSelector: selector, podSelector: selector }) }),
);
const knownPort = fc.oneof(
  fc.record({ portNumber: fc.record({ protocol, port: oneOf(universe.ports) }) }),
  fc.record({ namedPort: oneOf(universe.portNames) }),
  fc.record({
    portRange: fc
      .tuple(protocol, range(universe.ports))
      .map(([one, [start, end]]) => ({ protocol: one, start, end })),
  }),
);
const clusterPort = fc.oneof(
  fc.record({ number: oneOf(universe.ports) }),
  range(universe.ports).map(([start, end]) => ({ range: { start, end } })),
);
const knownProtocol = fc.oneof(
  fc.record({ tcp: maybe({ destinationPort: clusterPort }) }),
  fc.record({ udp: maybe({ destinationPort: clusterPort }) }),
  fc.record({ sctp: maybe({ destinationPort: clusterPort }) }),
  fc.record({ destinationNamedPort: oneOf(universe.portNames) }),
);
/** Now and then of a version of the API that nobody knows yet. */
const orNewer = <T>(known: fc.Arbitrary<T>, ...unknown: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 14, arbitrary: known }, { weight: 1, arbitrary: fc.constantFrom(...unknown) });
const adminPort = orNewer<AdminPolicyPort>(knownPort, {});
const clusterProtocol = orNewer<KubernetesClusterPolicyProtocol>(
  knownProtocol,
  {},
  { tcp: { destinationPort: {} } },
);
const adminPeer = orNewer<AdminPolicyIngressPeer>(podsOfCluster, {});
const adminEgressPeer = fc.oneof(
  { weight: 3, arbitrary: adminPeer },
  { weight: 1, arbitrary: fc.record({ nodes: selector }) },
  { weight: 2, arbitrary: fc.record({ networks: some(network) }) },
);

const allowDenyPass = fc.constantFrom("Allow" as const, "Deny" as const, "Pass" as const);
const allowDeny = fc.constantFrom("Allow" as const, "Deny" as const);
const adminPriority = fc.constantFrom(0, 1, 1000);
const adminLists = <A>(action: fc.Arbitrary<A>) => ({
  subject: podsOfCluster,
  ingress: list(
    maybe({ action, from: some(adminPeer), ports: some(adminPort) }, ["action", "from"]),
  ),
  egress: list(
    maybe({ action, to: some(adminEgressPeer), ports: some(adminPort) }, ["action", "to"]),
  ),
});
const acceptDenyPass = fc.constantFrom("Accept" as const, "Deny" as const, "Pass" as const);
const clusterSpec = fc.record({
  tier: fc.constantFrom("Admin" as const, "Baseline" as const),
  priority: adminPriority,
  subject: podsOfCluster,
  ingress: list(
    maybe({ action: acceptDenyPass, from: some(adminPeer), protocols: some(clusterProtocol) }, [
      "action",
      "from",
    ]),
  ),
  egress: list(
    maybe({ action: acceptDenyPass, to: some(adminEgressPeer), protocols: some(clusterProtocol) }, [
      "action",
      "to",
    ]),
  ),
});

const named = { name: fc.constantFrom("one", "two"), generation: fc.nat(2) };
const ofCluster = { ...named, namespace: fc.constant("") };
const kindOf = <K extends string>(kind: K) => ({ kind: fc.constant(kind) });
const policy = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      ...kindOf("K8sNetworkPolicy"),
      ...named,
      namespace,
      spec: kubernetesSpec,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...kindOf("AntreaClusterNetworkPolicy"),
      ...ofCluster,
      spec: antreaSpec(clusterPeer, fc.oneof(pods, group, serviceAccount)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...kindOf("AntreaNetworkPolicy"),
      ...named,
      namespace,
      spec: antreaSpec(sharedPeer, fc.oneof(fc.record({ podSelector: selector }), group)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...kindOf("AdminNetworkPolicy"),
      ...ofCluster,
      spec: fc.record({ priority: adminPriority, ...adminLists(allowDenyPass) }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...kindOf("BaselineAdminNetworkPolicy"),
      ...ofCluster,
      name: fc.constant("default"),
      spec: fc.record(adminLists(allowDeny)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ ...kindOf("K8sClusterNetworkPolicy"), ...ofCluster, spec: clusterSpec }),
  },
);

/** Up to eight; an object that is made again under its name has another UID. */
export const policies: fc.Arbitrary<readonly PolicyRecord[]> = fc
  .tuple(
    fc.uniqueArray(policy, {
      maxLength: 8,
      size: "max",
      selector: ({ kind, namespace: place, name }) => `${kind}:${place}/${name}`,
    }),
    fc.nat(1),
  )
  .map(([all, life]) =>
    all.map(
      (one): PolicyRecord => ({ ...one, uid: `${one.kind}-${one.namespace}-${one.name}-${life}` }),
    ),
  );
