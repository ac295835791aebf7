import fc from "fast-check";
import type { GroupRecord, PodRecord } from "../../computation/records.ts";
import type { ToldCluster } from "./tell.ts";
import { policies } from "./arbitrary-policies.ts";
import { ipBlock, labels, maybe, oneOf, protocol, selector, some, universe } from "./universe.ts";

const namedPorts = fc.uniqueArray(
  fc.record({ name: oneOf(universe.portNames), port: oneOf(universe.ports), protocol }),
  { maxLength: 2, selector: ({ name }) => name },
);

/** Addresses are dealt by `clusterOf`, at most five on a Node, so that no two Pods that run have the same. */
const pod = fc.record({
  namespace: oneOf(universe.namespaces),
  name: oneOf(universe.pods),
  labels,
  nodeName: oneOf(universe.nodes),
  ports: namedPorts,
  hostNetwork: fc.nat(9).map((n) => n === 0),
  isFinished: fc.nat(9).map((n) => n === 0),
  serviceAccount: oneOf(universe.serviceAccounts),
});

const group = fc
  .record({
    namespace: oneOf(["", ...universe.namespaces]),
    name: oneOf(universe.groups),
    spec: fc.oneof(
      maybe({ podSelector: selector, namespaceSelector: selector }),
      fc.record({ ipBlocks: some(ipBlock) }),
      fc.record({
        serviceReference: fc.record({
          name: oneOf(universe.services),
          namespace: oneOf(universe.namespaces),
        }),
      }),
      fc.record({ childGroups: some(oneOf(universe.groups)) }),
    ),
  })
  .map(withoutItself);

/** Admission refuses a group among its own children. */
function withoutItself(one: GroupRecord): GroupRecord {
  const { childGroups, ...spec } = one.spec;
  if (!childGroups) return one;
  return {
    ...one,
    spec: { ...spec, childGroups: childGroups.filter((name) => name !== one.name) },
  };
}

const byName = <T extends { readonly namespace?: string; readonly name: string }>(
  item: fc.Arbitrary<T>,
  maxLength: number,
): fc.Arbitrary<readonly T[]> =>
  fc.uniqueArray(item, {
    maxLength,
    size: "max",
    selector: ({ namespace = "", name }) => `${namespace}/${name}`,
  });

/** A small cluster with policies of all kinds; what admission refuses is not in it. */
export const cluster: fc.Arbitrary<ToldCluster> = fc
  .record({
    namespaceLabels: fc.tuple(labels, labels, labels),
    nodeLabels: fc.tuple(labels, labels),
    pods: byName(pod, 7),
    deal: fc.nat(5),
    services: byName(
      maybe(
        { namespace: oneOf(universe.namespaces), name: oneOf(universe.services), selector: labels },
        ["namespace", "name"],
      ),
      2,
    ),
    tiers: fc.oneof(
      fc.constant([]),
      fc.nat(219).map((priority) => [{ name: "mine", priority: unlikeBuiltIns(priority) }]),
    ),
    groups: byName(group, 5),
    policies,
  })
  .map(({ namespaceLabels, nodeLabels, pods, deal, ...rest }) => ({
    ...rest,
    namespaces: universe.namespaces.map((name, i) => ({ name, labels: namespaceLabels[i] ?? {} })),
    nodes: universe.nodes.map((name, i) => ({
      name,
      labels: nodeLabels[i] ?? {},
      addresses: universe.nodeIps[name],
    })),
    pods: universe.nodes.flatMap((node) =>
      pods
        .filter(({ nodeName }) => nodeName === node)
        .slice(0, 5)
        .map((one, i) => withAddresses({ ...one, nodeName: node }, i + deal)),
    ),
  }));

/** Priorities of Tiers are unique. */
function unlikeBuiltIns(priority: number): number {
  return priority > 0 && priority % 50 === 0 ? priority + 1 : priority;
}

/**
 * Pods on the host's network have the Node's. Of the others some have both families, some one, some none
 * yet; one that has finished still names what another may have by now.
 */
function withAddresses(
  one: Omit<PodRecord, "ips" | "uid" | "nodeName"> & { readonly nodeName: Node },
  place: number,
): PodRecord {
  const { namespace, name, nodeName, hostNetwork, isFinished } = one;
  const at = (isFinished ? place + 1 : place) % 5;
  const ips = hostNetwork ? universe.nodeIps[nodeName] : (universe.podIps[nodeName][at] ?? []);
  return { ...one, uid: `pod-${namespace}-${name}-${place}`, ips };
}

type Node = (typeof universe.nodes)[number];
