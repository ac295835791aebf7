import { invariant } from "@antrea/base";
import { type Cidr, cidrFamily, hostCidr, type IpFamily, prefixLengthOf } from "@antrea/net";
import type { FieldMatch, Flow } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import type { Direction } from "@antrea/policy";
import { type FlowSource, flowsOf } from "../flow-builder.ts";
import { prefixesOf } from "../policy/prefixes.ts";
import type { PolicyFlowRule, PolicyNode } from "../policy/rule.ts";
import { serviceMatches } from "../policy/service-matches.ts";
import { direct, type DirectionTables, metricFlows, ruleActions } from "./policy-actions.ts";

/** The owner that clauses bear in their cookies: rules share them. */
export const clauseOwner = "policy-clauses";

/** The ways to satisfy one dimension of a rule; "any" is no condition. */
type Dimension = readonly (readonly FieldMatch[])[] | "any";

/**
 * The flows of one rule. Whom it is for, its peers and its services are clauses of a conjunction, so
 * flows are as many as the sum of their sizes and not the product, and one more of any of them is one
 * more flow. A rule of one dimension needs no conjunction.
 */
export function compilePolicyRule(rule: PolicyFlowRule, node: PolicyNode): readonly Flow[] {
  const clauses = [appliedTo(rule, node), peers(rule, node), services(rule, node)].filter(
    (dimension) => dimension !== "any",
  );
  if (clauses.some((ways) => ways.length === 0)) return [];
  if (rule.isCrowded && (rule.action === "Allow" || rule.action === "Pass")) return [];
  const way = direct[rule.direction];
  const flow = flowsOf("NetworkPolicy", rule.owner);
  const [only, ...others] = clauses;
  invariant(only, "a rule is for somebody");
  const deciding = others.length === 0 ? only.map(unlikeClauses) : [[of.conjId(rule.id)]];
  return [
    ...deciding.map((match) =>
      ruleActions(flow(tableOf(rule, way), priorityOf(rule)).match(match), rule, way),
    ),
    ...(others.length === 0 ? [] : clauseFlows(rule, clauses, way)),
    ...metricFlows(flow, rule, way),
  ];
}

/**
 * Rules of equal order share a priority, so a flow that decides alone must not have the match of another
 * rule's clause: they would be one flow, and one of the two rules would be lost. Every packet here is tracked.
 */
function unlikeClauses(match: readonly FieldMatch[]): readonly FieldMatch[] {
  return [...match, of.ctState("+trk")];
}

function clauseFlows(
  rule: PolicyFlowRule,
  clauses: readonly (readonly (readonly FieldMatch[])[])[],
  way: DirectionTables,
): readonly Flow[] {
  const shared: FlowSource = flowsOf("NetworkPolicy", clauseOwner);
  return clauses.flatMap((ways, i) =>
    ways.map((match) =>
      shared(tableOf(rule, way), priorityOf(rule))
        .match(match)
        .act(of.conjunction(rule.id, i, clauses.length))
        .end(),
    ),
  );
}

function tableOf({ stage }: PolicyFlowRule, way: DirectionTables) {
  return way.tables[stage];
}

/**
 * Rules of Kubernetes have no order among them. They are spread over priorities that mean the same,
 * because what many of them share is one flow, and a flow has room for some thousand conjunctions.
 */
const kubernetesPriorities = { first: 200, count: 64 } as const;

function priorityOf({ stage, priority, id, owner }: PolicyFlowRule): number {
  if (stage === "kubernetes") return kubernetesPriorities.first - (id % kubernetesPriorities.count);
  invariant(priority !== undefined, `${owner} has a priority`);
  return priority;
}

/** Ingress knows its Pod by the port that the packet will leave by, egress by the address it bears. */
function appliedTo({ direction, appliedTo: pods }: PolicyFlowRule, node: PolicyNode): Dimension {
  if (direction === "In")
    return unique(pods.map(({ ofPort }) => [of.fieldMatch("reg1", BigInt(ofPort))]));
  const addresses = pods.flatMap((pod) => pod.addresses.map(hostCidr));
  return networks(addresses, "Out", "own", node);
}

function peers({ direction, peer }: PolicyFlowRule, node: PolicyNode): Dimension {
  const all = new Set([...peer.addresses.map(hostCidr), ...peer.ipBlocks.flatMap(prefixesOf)]);
  if (all.has("0.0.0.0/0" as Cidr) && all.has("::/0" as Cidr)) return "any";
  return networks(all, direction, "peer", node);
}

/** In a direction, Pods of ours stand on one side of a packet and peers on the other. */
function networks(
  cidrs: Iterable<Cidr>,
  direction: Direction,
  side: "own" | "peer",
  { families }: PolicyNode,
): Dimension {
  const isSource = (direction === "In") === (side === "peer");
  const within = [...new Set(cidrs)].filter((cidr) => families.includes(cidrFamily(cidr)));
  return within.map((cidr) =>
    prefixLengthOf(cidr) === 0
      ? [of.ethType(cidrFamily(cidr))]
      : [isSource ? of.ipSrc(cidr) : of.ipDst(cidr)],
  );
}

function services(
  { services: wanted, action }: PolicyFlowRule,
  { families }: PolicyNode,
): Dimension {
  if (wanted === "all") return "any";
  return unique(
    wanted.flatMap((service) =>
      families.flatMap((family: IpFamily) => serviceMatches(service, family, action)),
    ),
  );
}

/** Without ways that are the same: two services may have ports in common. */
function unique(ways: readonly (readonly FieldMatch[])[]): Dimension {
  const byText = new Map(
    ways.map((way) => [way.map((m) => `${m.field}=${m.value}/${m.mask ?? ""}`).join(), way]),
  );
  return [...byText.values()];
}
