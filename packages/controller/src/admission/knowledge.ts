import { batcher } from "@antrea/base";
import type { KubeClient, Store } from "@antrea/kube";
import { defaultTiers, type GroupRecord } from "@antrea/policy";
import type { GroupKnowledge, Knowledge, PolicyScope } from "@antrea/policy/admission";
import { tierRecord } from "@antrea/policy/records";
import { ownInputs } from "../policies/source.ts";
import { childrenOf } from "./records.ts";
import type { AdmissionSource } from "./source.ts";

export interface KnowledgeDeps {
  readonly source: AdmissionSource;
  readonly client: Pick<KubeClient, "find" | "list">;
}

export function knowledge({ source, client }: KnowledgeDeps): Knowledge {
  const watches = Object.values(source);
  const known = (): Map<string, number> =>
    new Map([...source.tiers.store.entries()].map(([name, { priority }]) => [name, priority]));
  const listTiers = batcher<void, ReadonlyMap<string, number>>(async (askers) => {
    const { items } = await client.list(ownInputs.tiers.resource);
    const numbers = new Map(
      items.map(tierRecord).map(({ name, priority }) => [name, priority] as const),
    );
    return askers.map(() => numbers);
  });
  return {
    get isComplete() {
      return watches.every(({ store }) => store.hasSynced);
    },
    async tiers(wanted) {
      const all = known();
      if (wanted === undefined || all.has(wanted) || !isNewName(wanted)) return all;
      const found = await client.find(ownInputs.tiers.resource, { name: wanted });
      return found ? all.set(wanted, tierRecord(found).priority) : all;
    },
    tiersNow: () => listTiers(),
    policiesOf: (tier) => [
      ...source.clusterPolicies.store
        .keysBy("tier", tier)
        .map((key) => `${ownInputs.clusterPolicies.resource.kind} ${key}`),
      ...source.namespacePolicies.store
        .keysBy("tier", tier)
        .map((key) => `${ownInputs.namespacePolicies.resource.kind} ${key}`),
    ],
    groups: (scope, namespace) =>
      scope === "cluster"
        ? groupsIn(source.clusterGroups.store, scope, "")
        : groupsIn(source.groups.store, scope, `${namespace}/`),
  };
}

/** Whether there may be a Tier of this name which the watch has not told of. */
function isNewName(name: string): boolean {
  const isBuiltIn = defaultTiers.some((one) => one.name === name);
  return !isBuiltIn && /^[a-z0-9][a-z0-9.-]{0,252}$/.test(name);
}

function groupsIn(
  store: Store<GroupRecord, "child">,
  scope: PolicyScope,
  prefix: string,
): GroupKnowledge {
  const nameOf = (key: string) => key.slice(prefix.length);
  return {
    scope,
    childrenOf(name) {
      const group = store.get(prefix + name);
      return group && childrenOf(group).map(nameOf);
    },
    parentsOf: (name) => store.keysBy("child", prefix + name).map(nameOf),
    names: (most) =>
      Iterator.from(store.keys())
        .filter((key) => key.startsWith(prefix))
        .take(most)
        .map(nameOf)
        .toArray(),
  };
}
