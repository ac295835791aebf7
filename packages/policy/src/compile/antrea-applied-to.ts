import type { AntreaAppliedTo } from "@antrea/api";
import { type GroupSelector, podsOfServiceAccount } from "../selectors/group-selector.ts";
import { normalizeSelector } from "../selectors/selector.ts";
import { expandGroup } from "./groups.ts";
import { podsSelected } from "./peers.ts";
import { inside, type Scope } from "./scope.ts";

/** Whom a policy or rule is for: any of the entries. Nobody where none can be enforced. */
export function appliedToSelectors(
  entries: readonly AntreaAppliedTo[],
  scope: Scope,
): readonly GroupSelector[] {
  return entries.flatMap((entry, i) => selectorsOf(entry, inside(scope, `.appliedTo[${i}]`)));
}

function selectorsOf(entry: AntreaAppliedTo, scope: Scope): readonly GroupSelector[] {
  const problem = problemOf(entry, scope.home);
  if (problem !== undefined) return ofNobody(scope, problem);
  const { group, serviceAccount, nodeSelector } = entry;
  if (group !== undefined) return groupSelectors(group, scope);
  if (serviceAccount) return [podsOfServiceAccount(serviceAccount)];
  if (nodeSelector) return [{ kind: "nodes", nodes: normalizeSelector(nodeSelector) }];
  return [podsSelected(entry, scope.home)];
}

function problemOf(entry: AntreaAppliedTo, home: string): string | undefined {
  const { podSelector, namespaceSelector, ...others } = entry;
  const ways = Object.entries(others).flatMap(([way, value]) => (value === undefined ? [] : [way]));
  if (podSelector ?? namespaceSelector) ways.push("selectors");
  const [way, ...more] = ways;
  if (way === undefined) return "it says nobody";
  if (more.length > 0) return `it has ${ways.join(" and ")}, wanted one of them`;
  if (way === "service") return "Services are not supported";
  if (way === "externalEntitySelector") return "ExternalEntities are not supported";
  const isOfCluster = namespaceSelector !== undefined || way === "serviceAccount";
  if (home !== "" && (isOfCluster || way === "nodeSelector"))
    return `${namespaceSelector ? "namespaceSelector" : way} is for policies of the cluster`;
  return undefined;
}

function groupSelectors(name: string, scope: Scope): readonly GroupSelector[] {
  const { whom, problems } = expandGroup({ namespace: scope.home, name }, scope.surroundings);
  for (const problem of problems) scope.needs.problem(`${scope.at}.group: ${problem}`);
  if (whom.ipBlocks.length > 0)
    ofNobody(scope, "its group has blocks of addresses, which no policy can be for");
  return whom.selectors.every((selector) => isAtHome(selector, scope.home))
    ? whom.selectors
    : ofNobody(
        scope,
        "its group may have Pods of other Namespaces, which this policy cannot be for",
      );
}

/**
 * Whoever may write policies in a Namespace may not write them for Pods of others. A group that has some is
 * not taken in part, also where they are those of one child: so does Antrea.
 */
function isAtHome(selector: GroupSelector, home: string): boolean {
  return home === "" || (selector.kind === "pods" && selector.namespace === home);
}

function ofNobody({ at, needs }: Scope, what: string): readonly [] {
  needs.problem(`${at}: ${what}; the policy is not enforced for it`);
  return [];
}
