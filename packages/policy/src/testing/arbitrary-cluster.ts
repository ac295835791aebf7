import type {
  AdminPolicyEgressPeer,
  AntreaAppliedTo,
  AntreaPeer,
  Group,
  KubernetesPolicyPeer,
  LabelSelector,
} from "@antrea/api";
import fc from "fast-check";
import type { ClusterUpdate } from "../computation/interface.ts";
import type { ObjectName, PodRecord, PolicyRecord } from "../computation/records.ts";
import { policyKinds } from "../model.ts";
import { address, network } from "./records.ts";

/**
 * Random clusters as what is told of them. Few names, labels and Nodes, so that objects meet: selectors
 * select something, policies name groups that come, go, and come back as others.
 */

/** Something that is told of the cluster; `key` says of what. */
export interface Told {
  readonly key: string;
  readonly isRemoval: boolean;
  tell(cluster: ClusterUpdate): void;
}

const namespaces = ["a", "b", "c"] as const;
const nodes = ["n1", "n2", "n3"] as const;
const groupNames = ["g1", "g2", "g3"] as const;

const anyNamespace = fc.constantFrom(...namespaces);
const labels = fc.dictionary(fc.constantFrom("app", "env"), fc.constantFrom("", "x", "y"), {
  maxKeys: 2,
});
const key = fc.constantFrom("app", "env", "constructor");
const values = fc.subarray(["", "x", "y"], { minLength: 1 });

const selector: fc.Arbitrary<LabelSelector> = fc.oneof(
  fc.constant({}),
  labels.map((matchLabels) => ({ matchLabels })),
  fc
    .record({ key, operator: fc.constantFrom("In", "NotIn" as const), values })
    .map((one) => ({ matchExpressions: [one] })),
  fc
    .record({ key, operator: fc.constantFrom("Exists", "DoesNotExist" as const) })
    .map((one) => ({ matchExpressions: [one] })),
);

const block = fc.constantFrom(
  { cidr: network("10.0.0.0/8") },
  { cidr: network("10.0.0.0/8"), except: [network("10.1.0.0/16")] },
  { cidr: network("fd00::/8") },
);

const port = fc.constantFrom({ port: 80 }, { port: "http" }, { port: 80, endPort: 90 });
const ports = fc.array(port, { maxLength: 2 });
const few = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 2 });
const action = fc.constantFrom("Allow", "Drop", "Reject", "Pass" as const);

const selected = {
  both: fc.record({ podSelector: selector, namespaceSelector: selector }),
  pods: fc.record({ podSelector: selector }),
  namespaces: fc.record({ namespaceSelector: selector }),
};
const group = fc.record({ group: fc.constantFrom(...groupNames) });
const account = fc.record({
  serviceAccount: fc.record({ name: fc.constantFrom("default", "robot"), namespace: anyNamespace }),
});
const nodeSelector = fc.record({ nodeSelector: selector });

const kubernetesPeer: fc.Arbitrary<KubernetesPolicyPeer> = fc.oneof(
  ...Object.values(selected),
  fc.record({ ipBlock: block }),
);
const antreaPeer: fc.Arbitrary<AntreaPeer> = fc.oneof(
  ...Object.values(selected),
  ...[group, account, nodeSelector, fc.record({ ipBlock: block })],
  fc.constant({ fqdn: "example.com" }),
  fc.record({
    podSelector: selector,
    namespaces: fc.constantFrom({ match: "Self" as const }, { sameLabels: ["env"] }),
  }),
);
const appliedTo: fc.Arbitrary<AntreaAppliedTo> = fc.oneof(
  ...[...Object.values(selected), group, account, nodeSelector],
);
const subject = fc.oneof(
  fc.record({ namespaces: selector }),
  fc.record({ pods: fc.record({ namespaceSelector: selector, podSelector: selector }) }),
);
const adminPeer: fc.Arbitrary<AdminPolicyEgressPeer> = fc.oneof(
  subject,
  fc.record({ nodes: selector }),
  fc.constant({ networks: [network("10.0.0.0/8")] }),
  fc.constant({}),
);

const kubernetesSpec = fc.record({
  podSelector: selector,
  ingress: few(fc.record({ from: few(kubernetesPeer), ports })),
  egress: few(fc.record({ to: few(kubernetesPeer), ports })),
});
const ruleAppliedTo = fc.oneof(fc.constant([]), few(appliedTo));
const antreaSpec = fc.record({
  tier: fc.constantFrom("", "baseline", "custom"),
  priority: fc.constantFrom(1, 5),
  appliedTo: few(appliedTo),
  ingress: few(fc.record({ action, from: few(antreaPeer), ports, appliedTo: ruleAppliedTo })),
  egress: few(fc.record({ action, to: few(antreaPeer), ports, appliedTo: ruleAppliedTo })),
});
const adminRules = {
  subject,
  ingress: few(
    fc.record({ action: fc.constantFrom("Allow", "Deny" as const), from: few(subject) }),
  ),
  egress: few(fc.record({ action: fc.constantFrom("Allow", "Deny" as const), to: few(adminPeer) })),
};
const clusterRules = {
  subject,
  ingress: few(
    fc.record({ action: fc.constantFrom("Accept", "Deny", "Pass" as const), from: few(subject) }),
  ),
  egress: few(
    fc.record({ action: fc.constantFrom("Accept", "Deny", "Pass" as const), to: few(adminPeer) }),
  ),
};
const specs = {
  K8sNetworkPolicy: kubernetesSpec,
  AntreaClusterNetworkPolicy: antreaSpec,
  AntreaNetworkPolicy: antreaSpec,
  AdminNetworkPolicy: fc.record({ priority: fc.constantFrom(0, 7), ...adminRules }),
  BaselineAdminNetworkPolicy: fc.record(adminRules),
  K8sClusterNetworkPolicy: fc.record({
    ...{ priority: fc.constantFrom(0, 7), tier: fc.constantFrom("Admin", "Baseline" as const) },
    ...clusterRules,
  }),
} as const;

const policy: fc.Arbitrary<PolicyRecord> = fc
  .constantFrom(...policyKinds)
  .chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      namespace:
        kind.endsWith("sNetworkPolicy") || kind === "AntreaNetworkPolicy"
          ? anyNamespace
          : fc.constant(""),
      name: fc.constantFrom("p", "q"),
      generation: fc.constantFrom(1, 2),
      life: fc.constantFrom("1", "2"),
      spec: specs[kind] as fc.Arbitrary<unknown>,
    }),
  )
  .map(({ life, ...one }) => {
    const uid = [one.kind, one.namespace, one.name, life].join("-");
    return { ...one, uid } as PolicyRecord;
  });

const pod: fc.Arbitrary<PodRecord> = fc
  .record({
    ...{ namespace: anyNamespace, name: fc.constantFrom("p1", "p2", "p3"), labels },
    life: fc.constantFrom("1", "2"),
    nodeName: fc.constantFrom(undefined, ...nodes),
    ips: fc.constantFrom([], [address("10.0.0.1")], [address("10.0.0.2"), address("fd00::2")]),
    ports: fc.constantFrom([], [{ name: "http", port: 80, protocol: "TCP" as const }]),
    hostNetwork: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    isFinished: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    serviceAccount: fc.constantFrom("default", "robot"),
  })
  .map(({ life, ...one }) => ({ ...one, uid: [one.namespace, one.name, life].join("-") }));

const service = fc.record({
  ...{ namespace: anyNamespace, name: fc.constantFrom("s1", "s2") },
  selector: fc.option(labels, { nil: undefined }),
});

const groupSpec: fc.Arbitrary<Group["spec"]> = fc.oneof(
  ...[...Object.values(selected), nodeSelector],
  fc.record({ ipBlocks: few(block) }),
  fc.record({ childGroups: fc.subarray([...groupNames]) }),
  fc.record({
    serviceReference: fc.record({ name: fc.constantFrom("s1", "s2"), namespace: anyNamespace }),
  }),
);
const groupRecord = fc.record({
  namespace: fc.constantFrom("", ...namespaces),
  name: fc.constantFrom(...groupNames),
  spec: groupSpec,
});

function told<T>(
  one: fc.Arbitrary<T>,
  as: {
    readonly key: (value: T) => string;
    readonly set: (cluster: ClusterUpdate, value: T) => void;
    readonly remove: (cluster: ClusterUpdate, value: T) => void;
  },
): fc.Arbitrary<Told> {
  return fc.tuple(one, fc.integer({ min: 0, max: 3 })).map(([value, n]) => ({
    key: as.key(value),
    isRemoval: n === 0,
    [fc.toStringMethod]: () =>
      `${n === 0 ? "remove" : "set"} ${as.key(value)} ${JSON.stringify(value)}`,
    tell: (cluster) => (n === 0 ? as.remove : as.set)(cluster, value),
  }));
}

const named = (kind: string) => (one: ObjectName) => `${kind} ${one.namespace}/${one.name}`;
const anyTold: fc.Arbitrary<Told> = fc.oneof(
  {
    weight: 4,
    arbitrary: told(pod, {
      key: named("Pod"),
      set: (c, v) => c.setPod(v),
      remove: (c, v) => c.removePod(v),
    }),
  },
  {
    weight: 4,
    arbitrary: told(policy, {
      key: (v) => named(v.kind)(v),
      set: (c, v) => c.setPolicy(v),
      remove: (c, v) => c.removePolicy(v),
    }),
  },
  {
    weight: 2,
    arbitrary: told(groupRecord, {
      key: named("Group"),
      set: (c, v) => c.setGroup(v),
      remove: (c, v) => c.removeGroup(v),
    }),
  },
  told(service, {
    key: named("Service"),
    set: (c, v) => c.setService(v),
    remove: (c, v) => c.removeService(v),
  }),
  told(fc.record({ name: anyNamespace, labels }), {
    key: (v) => `Namespace ${v.name}`,
    set: (c, v) => c.setNamespace(v),
    remove: (c, v) => c.removeNamespace(v.name),
  }),
  told(
    fc.record({
      name: fc.constantFrom(...nodes),
      labels,
      addresses: fc.constantFrom([], [address("192.0.2.1")]),
    }),
    {
      key: (v) => `Node ${v.name}`,
      set: (c, v) => c.setNode(v),
      remove: (c, v) => c.removeNode(v.name),
    },
  ),
  told(fc.record({ name: fc.constant("custom"), priority: fc.constantFrom(3, 4) }), {
    key: () => "Tier custom",
    set: (c, v) => c.setTier(v),
    remove: (c, v) => c.removeTier(v.name),
  }),
);

export const arbitraryNodes: readonly string[] = nodes;
/** Events of the cluster, each of some things told at once. */
export const arbitraryEvents = fc.array(fc.array(anyTold, { minLength: 1, maxLength: 6 }), {
  maxLength: 30,
});
