import type { AdminPolicyEgressPeer, PolicySubject } from "@antrea/api";
import type { RulePeer } from "../model.ts";
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

/** Peers that all say something known. */
export function adminPeers(peers: readonly AdminPolicyEgressPeer[], place: RulePlace): RulePeer {
  return place.needs.peer(anyOf(peers.map((peer, i) => adminPeer(peer, inside(place, `[${i}]`)))));
}

function adminPeer(peer: AdminPolicyEgressPeer, place: RulePlace): Whom {
  const pods = selectedPods(peer);
  if (pods) return whoIs(pods);
  if (peer.nodes) return whoIs({ kind: "nodes", nodes: normalizeSelector(peer.nodes) });
  if (peer.networks) return addresses(...peer.networks.map((cidr) => ({ cidr })));
  return unenforced(place, "names of DNS are not enforced yet");
}

function selectedPods({ namespaces, pods }: PolicySubject): GroupSelector | undefined {
  if (namespaces) return podsSelected({ namespaceSelector: namespaces }, "");
  return pods && podsSelected(pods, "");
}
