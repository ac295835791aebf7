import type { Group } from "@antrea/api";
import type { GroupRecord, ObjectName } from "../computation/records.ts";
import { type GroupSelector } from "../selectors/group-selector.ts";
import { normalizeSelector, selectorOfLabels } from "../selectors/selector.ts";
import { anyOf, noOne, type Whom } from "./compiled.ts";
import { addresses, podsSelected, whoIs } from "./peers.ts";
import type { Surroundings } from "./surroundings.ts";

/** Whom a group stands for; whoever is missing is nobody, with a sentence that says why. */
export interface ExpandedGroup {
  readonly whom: Whom;
  readonly problems: readonly string[];
}

/** A Group where there is a Namespace, else a ClusterGroup. Children are of the same kind, and have none of their own. */
export function expandGroup(
  name: ObjectName,
  surroundings: Surroundings,
  isChild = false,
): ExpandedGroup {
  const group = surroundings.group(name);
  if (!group) return nobody(`there is no ${calledAs(name)}; it counts as empty`);
  const [way, ...more] = waysOf(group.spec);
  if (!way) return nobody(`${calledAs(name)} says nobody; it counts as empty`);
  if (more.length > 0)
    return nobody(
      `${calledAs(name)} has ${[way, ...more].join(" and ")}, wanted one of them; it counts as empty`,
    );
  if (way !== "childGroups") return plainGroup(group, surroundings);
  return isChild
    ? nobody(`${calledAs(name)} is a child and has childGroups of its own; it counts as empty`)
    : joined(group, surroundings);
}

type GroupWay = "selectors" | Exclude<keyof Group["spec"], "podSelector" | "namespaceSelector">;

function waysOf(spec: Group["spec"]): readonly GroupWay[] {
  const { podSelector, namespaceSelector, ...others } = spec;
  const isSelected = podSelector !== undefined || namespaceSelector !== undefined;
  const ways = (Object.keys(others) as (keyof typeof others)[]).filter(
    (way) => others[way] !== undefined,
  );
  return isSelected ? ["selectors", ...ways] : ways;
}

function joined({ namespace, spec }: GroupRecord, surroundings: Surroundings): ExpandedGroup {
  const children = (spec.childGroups ?? []).map((name) =>
    expandGroup({ namespace, name }, surroundings, true),
  );
  return {
    whom: anyOf(children.map(({ whom }) => whom)),
    problems: children.flatMap(({ problems }) => problems),
  };
}

function plainGroup(group: GroupRecord, surroundings: Surroundings): ExpandedGroup {
  const { namespace, spec } = group;
  const { nodeSelector, ipBlocks, serviceReference, externalEntitySelector } = spec;
  if (externalEntitySelector)
    return nobody(`${calledAs(group)} selects ExternalEntities, which are not supported`);
  if (ipBlocks) return somebody(addresses(...ipBlocks));
  if (serviceReference) return behindService(group, serviceReference, surroundings);
  if (!nodeSelector) return somebody(whoIs(podsSelected(spec, namespace)));
  return namespace === ""
    ? somebody(whoIs({ kind: "nodes", nodes: normalizeSelector(nodeSelector) }))
    : nobody(`${calledAs(group)} selects Nodes, which is for ClusterGroups; it counts as empty`);
}

/** The Pods that the Service's selector selects: one without a selector has none that are known. */
function behindService(
  group: GroupRecord,
  reference: NonNullable<Group["spec"]["serviceReference"]>,
  surroundings: Surroundings,
): ExpandedGroup {
  const name = { namespace: reference.namespace ?? group.namespace, name: reference.name ?? "" };
  const service = surroundings.service(name);
  const called = `Service ${name.namespace}/${name.name} of ${calledAs(group)}`;
  if (!service) return nobody(`there is no ${called}; it counts as empty`);
  const selector = selectorOfLabels(service.selector ?? {});
  if (selector.requirements.length === 0)
    return nobody(`${called} has no selector; it counts as empty`);
  const pods: GroupSelector = { kind: "pods", namespace: name.namespace, pods: selector };
  return somebody(whoIs(pods));
}

function calledAs({ namespace, name }: ObjectName): string {
  return namespace === "" ? `ClusterGroup ${name}` : `Group ${namespace}/${name}`;
}

function somebody(whom: Whom): ExpandedGroup {
  return { whom, problems: [] };
}

function nobody(problem: string): ExpandedGroup {
  return { whom: noOne, problems: [problem] };
}
