import type { KubernetesPolicyPeer, KubernetesPolicyPort, KubernetesPolicySpec } from "@antrea/api";
import type { KubernetesPolicyRecord } from "../computation/records.ts";
import type { Direction, PolicyRule } from "../model.ts";
import { normalizeSelector } from "../selectors/selector.ts";
import { anyOf, type CompiledPolicy, Needs, noOne, type Whom } from "./compiled.ts";
import { addresses, anybody, podsSelected, whoIs } from "./peers.ts";
import { kubernetesServices } from "./services.ts";
import { sourceOf } from "./source.ts";

/** NetworkPolicy of `networking.k8s.io`: its rules allow, and all else is isolation's. */
export function compileKubernetesPolicy(record: KubernetesPolicyRecord): CompiledPolicy {
  const { spec, namespace } = record;
  const needs = new Needs();
  const isolates = isolatedDirections(spec);
  const rules = isolates.flatMap((direction) =>
    sidesOf(spec, direction).flatMap((side) => ruleOf(side, { direction, namespace, needs })),
  );
  const pods = normalizeSelector(spec.podSelector);
  return needs.compiled({
    ...sourceOf(record),
    isolates,
    appliedToGroups: needs.groups([{ kind: "pods", namespace, pods }]),
    rules,
  });
}

function isolatedDirections({ policyTypes, egress }: KubernetesPolicySpec): readonly Direction[] {
  const hasEgress = egress !== undefined && egress.length > 0;
  const types = policyTypes?.length ? policyTypes : ["Ingress", ...(hasEgress ? ["Egress"] : [])];
  return [
    ...(types.includes("Ingress") ? (["In"] as const) : []),
    ...(types.includes("Egress") ? (["Out"] as const) : []),
  ];
}

/** A rule, whichever its direction. */
interface Side {
  readonly peers: readonly KubernetesPolicyPeer[];
  readonly ports: readonly KubernetesPolicyPort[];
}

function sidesOf(
  { ingress = [], egress = [] }: KubernetesPolicySpec,
  direction: Direction,
): readonly Side[] {
  return direction === "In"
    ? ingress.map(({ from = [], ports = [] }) => ({ peers: from, ports }))
    : egress.map(({ to = [], ports = [] }) => ({ peers: to, ports }));
}

interface RuleContext {
  readonly direction: Direction;
  readonly namespace: string;
  readonly needs: Needs;
}

function ruleOf(
  { peers, ports }: Side,
  { direction, namespace, needs }: RuleContext,
): readonly PolicyRule[] {
  const services = kubernetesServices(ports);
  if (services.length === 0 && ports.length > 0) return [];
  const whom =
    peers.length === 0
      ? anybody(direction, services)
      : anyOf(peers.map((peer) => whomOf(peer, namespace)));
  return [
    {
      ...{ direction, peer: needs.peer(whom), services, action: "Allow", priority: -1 },
      ...{ name: "", enableLogging: false, logLabel: "", appliedToGroups: [] },
    },
  ];
}

/** The API server lets none pass that says nothing, or both blocks and selectors. */
function whomOf(peer: KubernetesPolicyPeer, namespace: string): Whom {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const isSelected = podSelector !== undefined || namespaceSelector !== undefined;
  if (ipBlock && !isSelected) return addresses(ipBlock);
  return isSelected && !ipBlock ? whoIs(podsSelected(peer, namespace)) : noOne;
}
