import type { Computed, ComputedObjects } from "../computed.ts";
import type { ObjectsChange, ShareChange } from "../controlplane/index.ts";
import type { PolicySource } from "../model.ts";

/** What one Node would be told, for its agent and for people. */
export interface NodeShare {
  readonly node: string;
  readonly change: ShareChange;
  /** Policies that would come to the Node, be others there, or leave it. */
  readonly policies: {
    readonly added: readonly PolicySource[];
    readonly changed: readonly PolicySource[];
    readonly removed: readonly PolicySource[];
  };
}

/** Objects of one kind by what becomes of them on a Node. */
interface Names {
  readonly joined: Set<string>;
  readonly stayed: Set<string>;
  readonly left: Set<string>;
}

/** Gathers what a computation tells from now on. */
export interface ShareChanges {
  /** Policies that were told of, whatever became of them. */
  readonly policies: ReadonlySet<string>;
  /** For each Node that is concerned; `sources` knows the policies that are gone. */
  nodes(sources: ReadonlyMap<string, PolicySource>): readonly NodeShare[];
}

export function followShares(computed: Computed): ShareChanges {
  const policies = new Set<string>();
  computed.networkPolicies.onChange(({ name }) => void policies.add(name));
  const told = {
    networkPolicies: follow(computed.networkPolicies),
    addressGroups: follow(computed.addressGroups),
    appliedToGroups: follow(computed.appliedToGroups),
  };
  return {
    policies,
    nodes(sources) {
      const nodes = new Set(Object.values(told).flatMap((byNode) => [...byNode.keys()]));
      return [...nodes].sort().map((node) => {
        const named = (names: ReadonlySet<string> = new Set()) =>
          [...names].flatMap((uid) => sources.get(uid) ?? []);
        const of = told.networkPolicies.get(node);
        return {
          node,
          change: {
            networkPolicies: changeOf(computed.networkPolicies, told.networkPolicies, node),
            addressGroups: changeOf(computed.addressGroups, told.addressGroups, node),
            appliedToGroups: changeOf(computed.appliedToGroups, told.appliedToGroups, node),
          },
          policies: {
            added: named(of?.joined),
            changed: named(of?.stayed),
            removed: named(of?.left),
          },
        };
      });
    },
  };
}

function follow<T>(objects: ComputedObjects<T>): ReadonlyMap<string, Names> {
  const byNode = new Map<string, Names>();
  const at = (node: string): Names => {
    const names = byNode.get(node) ?? { joined: new Set(), stayed: new Set(), left: new Set() };
    byNode.set(node, names);
    return names;
  };
  objects.onChange(({ name, joined, stayed, left }) => {
    for (const node of joined) at(node).joined.add(name);
    for (const node of stayed) at(node).stayed.add(name);
    for (const node of left) at(node).left.add(name);
  });
  return byNode;
}

function changeOf<T>(
  objects: ComputedObjects<T>,
  told: ReadonlyMap<string, Names>,
  node: string,
): ObjectsChange<T> {
  const { joined = [], stayed = [], left = [] } = told.get(node) ?? {};
  return {
    put: [...joined, ...stayed].flatMap((name) => objects.forNode(name, node) ?? []),
    removed: [...left],
  };
}
