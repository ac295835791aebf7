import {
  adminPolicyKind,
  baselineAdminPolicyKind,
  clusterGroupKind,
  clusterNetworkPolicyKind,
  kubernetesClusterPolicyKind,
  kubernetesPolicy,
  namespacedGroupKind,
  networkPolicyKind,
  parseNode,
  tierKind,
} from "@antrea/api";
import { parseShape, type Shape, type ShapeType, shape } from "@antrea/base";
import { nthAddress, parseIp } from "@antrea/net";
import type {
  GroupRecord,
  NodeRecord,
  PodRecord,
  PolicyRecord,
  ServiceRecord,
} from "../computation/records.ts";
import type { Cluster } from "./cluster.ts";

/** A kind of object that verdicts depend on. */
export type ClusterPart = keyof typeof parts;
/** A cluster's objects as its API server lists them. */
export type ClusterObjects = Readonly<Record<ClusterPart, readonly unknown[]>>;

/** The cluster, and a sentence for each object that could not be read: verdicts do not count it. */
export function clusterOf(objects: ClusterObjects): {
  readonly cluster: Cluster;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const read = <K extends ClusterPart>(part: K) =>
    objects[part].flatMap((object): readonly ReturnType<(typeof parts)[K]>[] => {
      const parsed = parseShape(shape.object({ metadata }), object);
      try {
        if ("value" in parsed)
          return [parts[part](parsed.value.metadata, object) as ReturnType<(typeof parts)[K]>];
        problems.push(`${part}: ${parsed.problem}`);
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        const { namespace = "", name } = "value" in parsed ? parsed.value.metadata : { name: "" };
        problems.push(
          `${part} ${namespace === "" ? "" : `${namespace}/`}${name}: ${error.message}`,
        );
      }
      return [];
    });
  const cluster = {
    namespaces: read("namespaces"),
    pods: read("pods"),
    nodes: read("nodes"),
    services: read("services"),
    tiers: read("tiers"),
    groups: [...read("clusterGroups"), ...read("groups")],
    policies: [
      ...read("networkPolicies"),
      ...read("antreaClusterPolicies"),
      ...read("antreaPolicies"),
      ...read("adminPolicies"),
      ...read("baselineAdminPolicies"),
      ...read("clusterPolicies"),
    ],
  };
  return { cluster, problems };
}

const metadata = shape.object({
  name: shape.text,
  namespace: shape.optional(shape.text),
  uid: shape.optional(shape.text),
  generation: shape.optional(shape.number),
  labels: shape.optional(shape.record(shape.text)),
});
type Metadata = ShapeType<typeof metadata>;

const pod = shape.object({
  spec: shape.object({
    nodeName: shape.optional(shape.text),
    hostNetwork: shape.optional(shape.truth),
    serviceAccountName: shape.optional(shape.text),
    containers: shape.list(
      shape.object({
        ports: shape.optional(
          shape.list(
            shape.object({
              name: shape.optional(shape.text),
              containerPort: shape.whole(1, 65_535),
              protocol: shape.optional(shape.oneOf(["TCP", "UDP", "SCTP"])),
            }),
          ),
        ),
      }),
    ),
  }),
  status: shape.optional(
    shape.object({
      phase: shape.optional(shape.text),
      podIPs: shape.optional(shape.list(shape.object({ ip: shape.parsed("an address", parseIp) }))),
    }),
  ),
});
const service = shape.object({
  spec: shape.object({ selector: shape.optional(shape.record(shape.text)) }),
});

const parts = {
  namespaces: ({ name, labels = {} }: Metadata) => ({ name, labels }),
  pods: readPod,
  nodes: readNode,
  services: ({ name, namespace = "" }: Metadata, object: unknown): ServiceRecord => ({
    ...{ name, namespace },
    selector: readAs(service, object).spec.selector,
  }),
  tiers: ({ name }: Metadata, object: unknown) => ({
    name,
    priority: readAs(tierKind.fields, object).spec.priority,
  }),
  clusterGroups: (meta: Metadata, object: unknown): GroupRecord => ({
    ...identity(meta),
    spec: readAs(clusterGroupKind.fields, object).spec,
  }),
  groups: (meta: Metadata, object: unknown): GroupRecord => ({
    ...identity(meta),
    spec: readAs(namespacedGroupKind.fields, object).spec,
  }),
  networkPolicies: (meta: Metadata, object: unknown): PolicyRecord => ({
    ...{ kind: "K8sNetworkPolicy", ...identity(meta) },
    spec: readAs(kubernetesPolicy, object).spec ?? { podSelector: {} },
  }),
  antreaClusterPolicies: (meta: Metadata, object: unknown): PolicyRecord => ({
    ...{ kind: "AntreaClusterNetworkPolicy", ...identity(meta) },
    spec: readAs(clusterNetworkPolicyKind.fields, object).spec,
  }),
  antreaPolicies: (meta: Metadata, object: unknown): PolicyRecord => ({
    ...{ kind: "AntreaNetworkPolicy", ...identity(meta) },
    spec: readAs(networkPolicyKind.fields, object).spec,
  }),
  adminPolicies: (meta: Metadata, object: unknown): PolicyRecord => ({
    ...{ kind: "AdminNetworkPolicy", ...identity(meta) },
    spec: readAs(adminPolicyKind.fields, object).spec,
  }),
  baselineAdminPolicies: (meta: Metadata, object: unknown): PolicyRecord => ({
    ...{ kind: "BaselineAdminNetworkPolicy", ...identity(meta) },
    spec: readAs(baselineAdminPolicyKind.fields, object).spec,
  }),
  clusterPolicies: (meta: Metadata, object: unknown): PolicyRecord => ({
    ...{ kind: "K8sClusterNetworkPolicy", ...identity(meta) },
    spec: readAs(kubernetesClusterPolicyKind.fields, object).spec,
  }),
} as const;

export const clusterParts = Object.keys(parts) as readonly ClusterPart[];

function identity({ name, namespace = "", uid = "", generation = 0 }: Metadata) {
  return { namespace, name, uid, generation };
}

function readPod(meta: Metadata, object: unknown): PodRecord {
  const { spec, status = {} } = readAs(pod, object);
  const ports = spec.containers
    .flatMap((container) => container.ports ?? [])
    .flatMap(({ name, containerPort, protocol = "TCP" }) =>
      name === undefined ? [] : [{ name, port: containerPort, protocol }],
    );
  const { namespace, name, uid } = identity(meta);
  return {
    ...{ namespace, name, uid, labels: meta.labels ?? {}, nodeName: spec.nodeName, ports },
    ips: (status.podIPs ?? []).map(({ ip }) => ip),
    hostNetwork: spec.hostNetwork ?? false,
    isFinished: ["Succeeded", "Failed"].includes(status.phase ?? ""),
    serviceAccount: spec.serviceAccountName ?? "default",
  };
}

/** A Node's gateway has the first address of each of its Pod CIDRs. */
function readNode({ name, labels = {} }: Metadata, object: unknown): NodeRecord {
  const { node } = parseNode(object) ?? {};
  if (!node) throw new Unreadable("It has no UID");
  const gateways = node.podCidrs.map((cidr) => nthAddress(cidr, 1n));
  const transport = node.transport.map(({ address }) => address);
  return {
    name,
    labels,
    addresses: [...new Set([...node.internalIps, ...transport, ...gateways])],
  };
}

class Unreadable extends Error {
  override readonly name = "Unreadable";
}

function readAs<T>(wanted: Shape<T>, object: unknown): T {
  const parsed = parseShape(wanted, object);
  if ("problem" in parsed) throw new Unreadable(parsed.problem);
  return parsed.value;
}
