import type { Group, IpBlockSpec } from "@antrea/api";
import { type Cluster, namespaceLabels } from "./cluster.ts";
import { isInBlock } from "./kubernetes.ts";
import { selects } from "./labels.ts";
import type { Endpoint } from "./packet.ts";

type Selectors = Pick<Group["spec"], "podSelector" | "namespaceSelector">;

/** Whether it is a Pod of the selected Namespaces with the selected labels; `home` is the only Namespace where given and none is selected. */
export function isSelectedPod(
  cluster: Cluster,
  { podSelector, namespaceSelector }: Selectors,
  home: string,
  { pod }: Endpoint,
): boolean {
  if (!pod || (!podSelector && !namespaceSelector)) return false;
  const isNamespace = namespaceSelector
    ? selects(namespaceSelector, namespaceLabels(cluster, pod.namespace))
    : home === "" || pod.namespace === home;
  return isNamespace && (!podSelector || selects(podSelector, pod.labels));
}

/**
 * Whether a group counts it among its members. `home` is the Namespace of a Group, empty for a
 * ClusterGroup. A group that does not exist has nobody, and so has a child with children of its own.
 */
export function isMember(cluster: Cluster, name: string, home: string, who: Endpoint): boolean {
  const spec = specOf(cluster, name, home);
  if (!spec) return false;
  const children = (spec.childGroups ?? [])
    .map((child) => specOf(cluster, child, home))
    .filter((child) => !child?.childGroups?.length);
  return [spec, ...children].some((one) => one !== undefined && isOwn(cluster, one, home, who));
}

/** A Group that reaches into other Namespaces, itself or by a child, may be spoken of, but no policy is for it. */
export function hasSubjects(cluster: Cluster, name: string, home: string): boolean {
  const spec = specOf(cluster, name, home);
  const all = [spec, ...(spec?.childGroups ?? []).map((child) => specOf(cluster, child, home))];
  return home === "" || !all.some((one) => one && reachesOut(cluster, one, home));
}

function reachesOut(cluster: Cluster, spec: Group["spec"], home: string): boolean {
  const { namespaceSelector, serviceReference } = spec;
  if (!serviceReference) return namespaceSelector !== undefined;
  const { namespace = home } = serviceReference;
  return namespace !== home && serviceOf(cluster, serviceReference, home) !== undefined;
}

function isOwn(cluster: Cluster, spec: Group["spec"], home: string, who: Endpoint): boolean {
  const { ipBlocks = [], nodeSelector, serviceReference } = spec;
  if (nodeSelector) return who.node !== undefined && selects(nodeSelector, who.node.labels);
  if (serviceReference) return isBehind(cluster, serviceReference, home, who);
  return ipBlocks.some((block) => isInBlock(block, who)) || isSelectedPod(cluster, spec, home, who);
}

/** Whether its Service selects it. A Group may name one of another Namespace, as it may select Pods there. */
function isBehind(
  cluster: Cluster,
  reference: ServiceReference,
  home: string,
  { pod }: Endpoint,
): boolean {
  const service = serviceOf(cluster, reference, home);
  return (
    pod !== undefined &&
    pod.namespace === service?.namespace &&
    selects({ matchLabels: service.selector ?? {} }, pod.labels)
  );
}

type ServiceReference = NonNullable<Group["spec"]["serviceReference"]>;

/** A Service without a selector names its Pods elsewhere, and groups do not follow it there. */
function serviceOf({ services }: Cluster, { name, namespace }: ServiceReference, home: string) {
  const place = namespace ?? home;
  const service = services.find((one) => one.name === name && one.namespace === place);
  return Object.keys(service?.selector ?? {}).length > 0 ? service : undefined;
}

function specOf({ groups }: Cluster, name: string, home: string) {
  return groups.find((one) => one.name === name && one.namespace === home)?.spec;
}

export interface GroupMembers {
  /** `namespace/name`. */
  readonly pods: readonly string[];
  readonly nodes: readonly string[];
  /** Its own and its children's. */
  readonly ipBlocks: readonly IpBlockSpec[];
}

/** Who is in a group: by labels and Services, and the networks that it names. */
export function membersOf(
  cluster: Cluster,
  { name, namespace }: { readonly name: string; readonly namespace: string },
): GroupMembers {
  const labelled = withoutBlocks(cluster);
  const isIn = (who: Omit<Endpoint, "address">, [address]: Endpoint["address"][]): boolean =>
    address !== undefined && isMember(labelled, name, namespace, { address, ...who });
  const spec = specOf(cluster, name, namespace);
  const children = (spec?.childGroups ?? []).map((child) => specOf(cluster, child, namespace));
  return {
    pods: cluster.pods
      .filter((pod) => !pod.hostNetwork && !pod.isFinished && isIn({ pod }, [...pod.ips]))
      .map((pod) => `${pod.namespace}/${pod.name}`),
    nodes: cluster.nodes
      .filter((node) => isIn({ node }, [...node.addresses]))
      .map((node) => node.name),
    ipBlocks: [spec, ...children].flatMap((one) => one?.ipBlocks ?? []),
  };
}

/** The cluster whose groups have only those whom labels and Services name. */
export function withoutBlocks(cluster: Cluster): Cluster {
  const groups = cluster.groups.map(({ spec, ...rest }) => ({
    ...rest,
    spec: { ...spec, ipBlocks: [] },
  }));
  return { ...cluster, groups };
}
