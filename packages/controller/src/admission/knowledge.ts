import { batcher } from "@antrea/base";
import type { KubeClient, Store } from "@antrea/kube";
import { defaultTiers } from "@antrea/policy";
import type { GroupKnowledge, Knowledge, PolicyScope } from "@antrea/policy/admission";
import { clusterPolicies, namespacePolicies, tierNumber, tiers } from "./records.ts";
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
    const { items } = await client.list(tiers);
    const numbers = new Map(
      items.map((one) => [one.metadata?.name ?? "", tierNumber(one).priority] as const),
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
      const found = await client.find(tiers, { name: wanted });
      return found ? all.set(wanted, tierNumber(found).priority) : all;
    },
    tiersNow: () => listTiers(),
    policiesOf: (tier) => [
      ...source.clusterPolicies.store
        .keysBy("tier", tier)
        .map((key) => `${clusterPolicies.kind} ${key}`),
      ...source.namespacePolicies.store
        .keysBy("tier", tier)
        .map((key) => `${namespacePolicies.kind} ${key}`),
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
  store: Store<{ readonly children: readonly string[] }, "child">,
  scope: PolicyScope,
  prefix: string,
): GroupKnowledge {
  const nameOf = (key: string) => key.slice(prefix.length);
  return {
    scope,
    childrenOf: (name) => store.get(prefix + name)?.children.map(nameOf),
    parentsOf: (name) => store.keysBy("child", prefix + name).map(nameOf),
    names: (most) =>
      store
        .keys()
        .filter((key) => key.startsWith(prefix))
        .take(most)
        .map(nameOf)
        .toArray(),
  };
}
