import type { AdminPolicyEgressPeer, PolicySubject } from "@antrea/api";
import { anyPeer, type RulePeer } from "../model.ts";
import type { GroupSelector } from "../selectors/group-selector.ts";
import { normalizeSelector } from "../selectors/selector.ts";
import { anyOf, type Needs, type Whom } from "./compiled.ts";
import { addresses, podsSelected, whoIs } from "./peers.ts";
import { inside, type RulePlace, unenforced } from "./scope.ts";

export function subjectSelectors(subject: PolicySubject, needs: Needs): readonly GroupSelector[] {
  const pods = selectedPods(subject);
  if (!pods) needs.problem("spec.subject: it says nobody that is known; the policy is for nobody");
  return pods ? [pods] : [];
}

/**
 * The list must not be empty, and a peer must say something: what does not was written for a newer
 * version. A rule that allows then allows nobody by it; others are for anybody, as the API asks.
 */
export function adminPeers(peers: readonly AdminPolicyEgressPeer[], place: RulePlace): RulePeer {
  const whom = peers.map((peer, i) => adminPeer(peer, inside(place, `[${i}]`)));
  return place.needs.peer(whom.length === 0 ? unknownPeer(place) : anyOf(whom));
}

function adminPeer(peer: AdminPolicyEgressPeer, place: RulePlace): Whom {
  const pods = selectedPods(peer);
  if (pods) return whoIs(pods);
  if (peer.nodes) return whoIs({ kind: "nodes", nodes: normalizeSelector(peer.nodes) });
  if (peer.networks) return addresses(...peer.networks.map((cidr) => ({ cidr })));
  if (peer.domainNames) return unenforced(place, "names of DNS are not enforced yet");
  return unknownPeer(place);
}

function selectedPods({ namespaces, pods }: PolicySubject): GroupSelector | undefined {
  if (namespaces) return podsSelected({ namespaceSelector: namespaces }, "");
  return pods && podsSelected(pods, "");
}

function unknownPeer(place: RulePlace): Whom {
  if (place.action === "Allow") return unenforced(place, "it says nobody that is known");
  place.needs.problem(`${place.at}: it says nobody that is known; anybody is taken for it`);
  return { selectors: [], ipBlocks: anyPeer.ipBlocks };
}
