import type { ClusterUpdate } from "../../computation/interface.ts";
import { type Cluster, emptyCluster } from "../cluster.ts";
import type { PolicyRecord } from "../../computation/records.ts";

/** A cluster whose policies are whole objects. */
export type ToldCluster = Cluster & { readonly policies: readonly PolicyRecord[] };

/** Tells a computation everything that makes `after` of `before`, in an order that says nothing. */
export function tellChange(
  update: ClusterUpdate,
  after: ToldCluster,
  before: ToldCluster = { ...emptyCluster, policies: [] },
): void {
  const gone = <T>(was: readonly T[], is: readonly T[], key: (one: T) => string): readonly T[] => {
    const kept = new Set(is.map(key));
    return was.filter((one) => !kept.has(key(one)));
  };
  const inNamespace = ({ namespace, name }: { namespace: string; name: string }): string =>
    `${namespace}/${name}`;
  const byName = ({ name }: { name: string }): string => name;
  const byKind = (one: PolicyRecord): string => `${one.kind}:${inNamespace(one)}`;

  for (const one of gone(before.policies, after.policies, byKind)) update.removePolicy(one);
  for (const one of gone(before.namespaces, after.namespaces, byName))
    update.removeNamespace(one.name);
  for (const one of gone(before.pods, after.pods, inNamespace)) update.removePod(one);
  for (const one of gone(before.nodes, after.nodes, byName)) update.removeNode(one.name);
  for (const one of gone(before.services, after.services, inNamespace)) update.removeService(one);
  for (const one of gone(before.tiers, after.tiers, byName)) update.removeTier(one.name);
  for (const one of gone(before.groups, after.groups, inNamespace)) update.removeGroup(one);
  for (const one of after.policies) update.setPolicy(one);
  for (const one of after.pods) update.setPod(one);
  for (const one of after.groups) update.setGroup(one);
  for (const one of after.namespaces) update.setNamespace(one);
  for (const one of after.services) update.setService(one);
  for (const one of after.tiers) update.setTier(one);
  for (const one of after.nodes) update.setNode(one);
}
