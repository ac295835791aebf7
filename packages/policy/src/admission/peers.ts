import type { AntreaPeer } from "@antrea/api";
import { memberRefusals } from "./applied-to.ts";
import { keyRefusals, selectorsRefusals } from "./labels.ts";
import { ipBlockRefusals } from "./networks.ts";
import { notExactlyOne, quote, type Refusal, refusal } from "./refusal.ts";
import type { PlacedRule, PolicyScope } from "./rules.ts";

const common = ["podSelector", "namespaceSelector", "ipBlock", "group", "nodeSelector"] as const;
const ofScope = {
  cluster: [...common, "namespaces", "serviceAccount"],
  namespaced: [...common, "externalEntitySelector"],
} as const;

const alone: readonly string[] = ["ipBlock", "group", "serviceAccount", "nodeSelector", "fqdn"];

export function* peerRefusals(
  { direction, peers, peersAt }: PlacedRule,
  scope: PolicyScope,
): Generator<Refusal> {
  const allowed = [...ofScope[scope], ...(direction === "egress" ? ["fqdn"] : [])];
  for (const [i, { scope: _clusters, ...peer }] of peers.entries()) {
    const at = `${peersAt}[${i}]`;
    yield* memberRefusals(peer, at, allowed, alone);
    yield* selectorsRefusals(peer, at);
    if (peer.ipBlock) yield* ipBlockRefusals(peer.ipBlock, `${at}.ipBlock`);
    yield* namespacesRefusals(peer, at);
    if (peer.fqdn !== undefined) yield* nameRefusals(peer.fqdn, `${at}.fqdn`);
  }
}

function* namespacesRefusals(
  { namespaces, namespaceSelector }: AntreaPeer,
  at: string,
): Generator<Refusal> {
  if (!namespaces) return;
  if (namespaceSelector)
    yield refusal(
      at,
      "has namespaces and namespaceSelector",
      "must have one of them: make a peer of its own of the other",
    );
  yield* notExactlyOne(namespaces, ["match", "sameLabels"], `${at}.namespaces`);
  const { sameLabels } = namespaces;
  if (sameLabels?.length === 0)
    yield refusal(`${at}.namespaces.sameLabels`, "is empty", "must have at least one label");
  for (const [i, label] of (sameLabels ?? []).entries())
    yield* keyRefusals(label, `${at}.namespaces.sameLabels[${i}]`);
}

function* nameRefusals(fqdn: string, at: string): Generator<Refusal> {
  if (!/^[-0-9a-zA-Z.*]+$/.test(fqdn))
    yield refusal(
      at,
      `is ${quote(fqdn)}`,
      'must be a name of DNS, of letters, digits, "-" and ".", with "*" for any text',
    );
}
