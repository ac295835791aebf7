import type { KubeClient, Store } from "@antrea/kube";
import type { GroupKnowledge, Knowledge, PolicyScope } from "@antrea/policy/admission";
import { clusterPolicies, namespacePolicies, tierNumber, tiers } from "./records.ts";
import type { AdmissionSource } from "./source.ts";

export interface KnowledgeDeps {
  readonly source: AdmissionSource;
  readonly client: Pick<KubeClient, "list">;
}

export function knowledge({ source, client }: KnowledgeDeps): Knowledge {
  const watches = Object.values(source);
  const known = (): Map<string, number> =>
    new Map([...source.tiers.store.entries()].map(([name, { priority }]) => [name, priority]));
  const tiersNow = async () => {
    const { items } = await client.list(tiers);
    return new Map(
      items.map((one) => [one.metadata?.name ?? "", tierNumber(one).priority] as const),
    );
  };
  return {
    get isComplete() {
      return watches.every(({ store }) => store.hasSynced);
    },
    async tiers(wanted) {
      const all = known();
      return wanted === undefined || all.has(wanted) ? all : tiersNow();
    },
    tiersNow,
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
    names: () => [...store.keys()].filter((key) => key.startsWith(prefix)).map(nameOf),
  };
}
