import { invariant } from "@antrea/base";
import { expandGroup } from "../compile/groups.ts";
import { readKeys } from "../compile/surroundings.ts";
import type { GroupSelector } from "../selectors/group-selector.ts";
import { endpointOf } from "./endpoint.ts";
import { ClusterEvent } from "./event.ts";
import type { PolicyComputation } from "./interface.ts";
import type { NamespaceRecord } from "./records.ts";
import { Namespaces } from "./namespaces.ts";
import { Nodes } from "./nodes.ts";
import { NamedObjects } from "./objects.ts";
import type { PodState } from "./pod-state.ts";
import { Pods } from "./pods.ts";
import { Policies } from "./policies.ts";
import { viewsOf } from "./policy-views.ts";
import { Receipts } from "./receipts.ts";
import type { Selectable } from "./selection.ts";
import { Selections } from "./selections.ts";
import { tellAll } from "./telling.ts";
import type { Touched } from "./touched.ts";

/** An empty cluster, to be told of. */
export function policyComputation(): PolicyComputation {
  const touched: Touched = {
    policies: new Set(),
    addressGroups: new Set(),
    appliedToGroups: new Set(),
  };
  const namespaces = new Namespaces();
  const nodes = new Nodes();
  const receipts = new Receipts();
  const objects = new NamedObjects();
  const pods = new Pods({ namespaces, nodes, receipts });
  const selections = new Selections(touched, { pods, nodes });
  const surroundings = objects.surroundings(namespaces);
  const policies = new Policies(touched, selections, surroundings);
  const views = viewsOf({ policies, selections, nodes, receipts });
  let isBusy = false;

  /** Namespaces and Nodes first, then what policies ask for, then Pods: each looks at what is already new. */
  function take(event: ClusterEvent): void {
    const stale = new Set(
      Array.from(event.namespaces).flatMap(([name, record]) =>
        staleOf(namespaces.get(name)?.record, record),
      ),
    );
    const moved = takeNamespaces(event);
    for (const [name, node] of event.nodes) nodes.set(name, node);
    for (const key of objects.take(event)) stale.add(key);
    const compiled = new Set<unknown>();
    for (const [key, record] of event.policies) compiled.add(policies.set(key, record));
    for (const policy of policies.readersOf(stale))
      if (!compiled.has(policy)) policies.compile(policy);
    for (const pod of moved) pods.reselect(pod);
    for (const pod of event.pods.values()) {
      if ("uid" in pod) pods.set(pod);
      else pods.remove(pod);
    }
    selections.tidy();
  }

  /** Gives the Pods that other selectors may select now. */
  function takeNamespaces(event: ClusterEvent): readonly PodState[] {
    const moved: PodState[] = [];
    for (const [name, record] of event.namespaces)
      for (const pod of namespaces.set(name, record)?.pods.values() ?? []) moved.push(pod);
    return moved;
  }

  function selectedBy(selector: GroupSelector): Iterable<Selectable> {
    return selector.kind === "nodes" ? nodes.selectedBy(selector.nodes) : pods.selectedBy(selector);
  }

  return {
    ...views,
    update(tell) {
      invariant(!isBusy, "nobody tells of the cluster while listeners are told what follows");
      const event = new ClusterEvent();
      tell(event);
      isBusy = true;
      try {
        take(event);
        tellAll(touched, receipts, views);
      } finally {
        isBusy = false;
      }
    },
    problems: (uid) => policies.get(uid)?.compiled?.problems ?? [],
    group(name) {
      if (!surroundings.group(name)) return undefined;
      const { whom, problems } = expandGroup(name, surroundings);
      const selected = new Set(whom.selectors.flatMap((one) => [...selectedBy(one)]));
      const members = [...selected].flatMap(({ standing }) => standing.peer ?? []);
      return { members, ipBlocks: whom.ipBlocks, problems };
    },
    endpoint(name) {
      const pod = pods.get(name);
      return pod && endpointOf(pod);
    },
    counts: () => ({
      pods: pods.count,
      namespaces: namespaces.count,
      networkPolicies: policies.count,
      ...selections.counts(),
    }),
  };
}

/** What somebody saw of a Namespace that is another thing now. */
function staleOf(
  before: NamespaceRecord | undefined,
  after: NamespaceRecord | undefined,
): readonly string[] {
  if (!before || !after) return before === after ? [] : [readKeys.namespaces];
  const labels = Object.keys({ ...before.labels, ...after.labels });
  return labels
    .filter((label) => before.labels[label] !== after.labels[label])
    .map(readKeys.namespaceLabel);
}
