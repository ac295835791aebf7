import type { AntreaPeer } from "@antrea/api";
import { podsOfServiceAccount } from "../selectors/group-selector.ts";
import { normalizeSelector } from "../selectors/selector.ts";
import type { Whom } from "./compiled.ts";
import { expandGroup } from "./groups.ts";
import { addresses, podsSelected, whoIs } from "./peers.ts";
import { type RuleScope, unenforced } from "./scope.ts";

/** Whom a peer means that does not depend on whom the rule is for. */
export function whomOfPeer(peer: AntreaPeer, scope: RuleScope): Whom {
  const problem = problemOf(peer, scope.home);
  if (problem !== undefined) return unenforced(scope, problem);
  if (peer.scope === "ClusterSet")
    scope.needs.problem(`${scope.at}.scope: only Pods of this cluster are known`);
  const { ipBlock, group, serviceAccount, nodeSelector } = peer;
  if (ipBlock) return addresses(ipBlock);
  if (group !== undefined) return groupPeer(group, scope);
  if (serviceAccount) return whoIs(podsOfServiceAccount(serviceAccount));
  if (nodeSelector) return whoIs({ kind: "nodes", nodes: normalizeSelector(nodeSelector) });
  return whoIs(podsSelected(peer, scope.home));
}

/** Why a peer is nobody, whatever the cluster has; undefined for one that can be enforced. */
export function problemOf(peer: AntreaPeer, home: string): string | undefined {
  const ways = waysOf(peer);
  const [way] = ways;
  if (way === undefined) return "it says nobody";
  if (ways.length > 1) return `it has ${ways.join(" and ")}, wanted one of them`;
  if (way === "fqdn") return "names of DNS are not enforced yet";
  if (way === "externalEntitySelector") return "ExternalEntities are not supported";
  if (home !== "" && (way === "namespaces" || way === "serviceAccount"))
    return `${way} is for policies of the cluster`;
  if (way === "namespaces" && !isRelation(peer.namespaces))
    return "namespaces has neither or both of match and sameLabels";
  return undefined;
}

function isRelation({
  match,
  sameLabels = [],
}: NonNullable<AntreaPeer["namespaces"]> = {}): boolean {
  return (match === "Self") !== sameLabels.length > 0;
}

/** The ways in which it says whom it means; right is one. */
function waysOf(peer: AntreaPeer): readonly string[] {
  const { podSelector, namespaceSelector, scope: _, ...others } = peer;
  const ways = Object.entries(others).flatMap(([way, value]) => (value === undefined ? [] : [way]));
  if (namespaceSelector) return ["namespaceSelector", ...ways];
  return podSelector && peer.namespaces === undefined ? ["podSelector", ...ways] : ways;
}

function groupPeer(name: string, scope: RuleScope): Whom {
  const { whom, problems } = expandGroup({ namespace: scope.home, name }, scope.surroundings);
  for (const problem of problems) scope.needs.problem(`${scope.at}.group: ${problem}`);
  return whom;
}
