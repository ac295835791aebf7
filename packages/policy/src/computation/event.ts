import type { PolicyKind } from "../model.ts";
import type { ClusterUpdate } from "./interface.ts";
import type {
  GroupRecord,
  NamespaceRecord,
  NodeRecord,
  ObjectName,
  PodRecord,
  PolicyRecord,
  ServiceRecord,
  TierRecord,
} from "./records.ts";

/** What is told of one kind of object, by its key: the last word of each. */
type Told<T> = Map<string, T | undefined>;

/** Gathers what is told of the cluster until all of one event is. */
export class ClusterEvent implements ClusterUpdate {
  readonly pods = new Map<string, PodRecord | ObjectName>();
  readonly namespaces: Told<NamespaceRecord> = new Map();
  readonly nodes: Told<NodeRecord> = new Map();
  readonly services: Told<ServiceRecord> = new Map();
  readonly tiers: Told<TierRecord> = new Map();
  readonly groups: Told<GroupRecord> = new Map();
  readonly policies: Told<PolicyRecord> = new Map();

  setPod(pod: PodRecord): void {
    this.pods.set(keyOf(pod), pod);
  }
  removePod(name: ObjectName): void {
    this.pods.set(keyOf(name), { namespace: name.namespace, name: name.name });
  }
  setNamespace(namespace: NamespaceRecord): void {
    this.namespaces.set(namespace.name, namespace);
  }
  removeNamespace(name: string): void {
    this.namespaces.set(name, undefined);
  }
  setNode(node: NodeRecord): void {
    this.nodes.set(node.name, node);
  }
  removeNode(name: string): void {
    this.nodes.set(name, undefined);
  }
  setService(service: ServiceRecord): void {
    this.services.set(keyOf(service), service);
  }
  removeService(name: ObjectName): void {
    this.services.set(keyOf(name), undefined);
  }
  setTier(tier: TierRecord): void {
    this.tiers.set(tier.name, tier);
  }
  removeTier(name: string): void {
    this.tiers.set(name, undefined);
  }
  setGroup(group: GroupRecord): void {
    this.groups.set(keyOf(group), group);
  }
  removeGroup(name: ObjectName): void {
    this.groups.set(keyOf(name), undefined);
  }
  setPolicy(policy: PolicyRecord): void {
    this.policies.set(policyKey(policy), policy);
  }
  removePolicy(policy: ObjectName & { readonly kind: PolicyKind }): void {
    this.policies.set(policyKey(policy), undefined);
  }
}

export function keyOf({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}

function policyKey(policy: ObjectName & { readonly kind: PolicyKind }): string {
  return `${policy.kind}:${keyOf(policy)}`;
}
