import type { Direction } from "../model.ts";
import { adminRules } from "./admin.ts";
import { antreaRules } from "./antrea.ts";
import type { Cluster, WrittenPolicy } from "./cluster.ts";
import { kubernetesRules } from "./kubernetes.ts";
import { type Endpoint, endpointAt, type Packet } from "./packet.ts";
import type { ReferenceRule, RuleSet, Stage } from "./rule.ts";
import type { Decision, LostRule, Verdict } from "./verdict.ts";

/**
 * What becomes of a packet that opens a connection, by the specifications and by nothing else. Slow
 * and plain: it looks at every rule of every policy, so that what is fast can be held against it.
 */
export function evaluate(cluster: Cluster, packet: Packet): Verdict {
  return evaluator(cluster)(packet);
}

/** The same for many packets of one cluster, whose policies are read once. */
export function evaluator(cluster: Cluster): (packet: Packet) => Verdict {
  const all = cluster.policies.map((policy) => rulesOf(cluster, policy));
  return (packet) => {
    const egress = decide(cluster, all, packet, "Out");
    const ingress = decide(cluster, all, packet, "In");
    const isDelivered = egress.action === "Allow" && ingress.action === "Allow";
    return { packet, egress, ingress, isDelivered };
  };
}

function rulesOf(cluster: Cluster, policy: WrittenPolicy): RuleSet {
  switch (policy.kind) {
    case "K8sNetworkPolicy":
      return kubernetesRules(cluster, policy);
    case "AntreaClusterNetworkPolicy":
    case "AntreaNetworkPolicy":
      return antreaRules(cluster, policy);
    default:
      return adminRules(cluster, policy);
  }
}

/** What the policies for one end say of the packet: its source's for egress, its destination's for ingress. */
function decide(
  cluster: Cluster,
  sets: readonly RuleSet[],
  { source, destination, traffic }: Packet,
  direction: Direction,
): Decision {
  const [from, to] = [endpointAt(cluster, source), endpointAt(cluster, destination)];
  const [subject, peer] = direction === "Out" ? [from, to] : [to, from];
  const exemption = exemptionOf(direction, subject, peer);
  if (exemption) return { direction, action: "Allow", by: exemption, lost: [], tied: [] };

  const rules = sets
    .flatMap((set) => set.rules)
    .filter((rule) => rule.name.direction === direction && rule.isFor(subject))
    .toSorted(byPlace);
  const isolatedBy = sets
    .flatMap((set) => set.isolations)
    .filter((one) => one.direction === direction && one.isFor(subject))
    .map(({ policy }) => policy);
  const mismatch = (rule: ReferenceRule): "peer" | "traffic" | undefined => {
    if (!rule.speaksOf(peer, subject)) return "peer";
    const hasNames = direction === "In" || rule.selects(peer, subject);
    const destination = hasNames ? to : { ...to, pod: undefined };
    return rule.carries(traffic, destination) ? undefined : "traffic";
  };
  return { direction, ...settle(rules, mismatch, isolatedBy) };
}

/** What no policy decides: other networks' traffic, a Pod's with itself, and what a Pod's own Node sends it. */
function exemptionOf(
  direction: Direction,
  subject: Endpoint,
  peer: Endpoint,
): Decision["by"] | undefined {
  if (!subject.pod && !subject.node) return { kind: "outside" };
  if (subject.address === peer.address) return { kind: "itself" };
  const isFromOwnNode = direction === "In" && subject.pod?.nodeName === peer.node?.name;
  return isFromOwnNode && subject.pod ? { kind: "own-node" } : undefined;
}

/** Asks the rules one after the other, in their order. */
function settle(
  rules: readonly ReferenceRule[],
  mismatch: (rule: ReferenceRule) => "peer" | "traffic" | undefined,
  isolatedBy: Extract<Decision["by"], { kind: "isolation" }>["policies"],
): Omit<Decision, "direction"> {
  const fits = rules.filter((rule) => mismatch(rule) === undefined);
  const in_ = (stage: Stage) => fits.filter((rule) => rule.stage === stage);
  const [first] = in_("ordered");
  const isPassed = first?.name.action === "Pass";
  const decisive = (isPassed ? undefined : first) ?? in_("kubernetes")[0];
  const winner = decisive ?? (isolatedBy.length > 0 ? undefined : in_("baseline")[0]);
  const isIsolated = winner === undefined && isolatedBy.length > 0;

  const whyLost = (rule: ReferenceRule): LostRule["why"] => {
    const miss = mismatch(rule);
    if (miss) return miss;
    if (isPassed && rule.stage === "ordered") return "passed";
    return isIsolated ? "isolated" : "later";
  };
  const lost = rules
    .filter((rule) => rule !== winner && !(isPassed && rule === first))
    .map((rule) => ({ rule: rule.name, why: whyLost(rule) }));
  return {
    action: winner ? actionOf(winner) : isIsolated ? "Drop" : "Allow",
    by: winner
      ? { kind: "rule", rule: winner.name }
      : isIsolated
        ? { kind: "isolation", policies: isolatedBy }
        : { kind: "default" },
    ...(isPassed && first ? { passedOnBy: first.name } : {}),
    lost,
    tied: [...new Set([first, winner])].flatMap((one) => (one ? tiedWith(one, fits) : [])),
  };
}

/** Only the last tier has a `Pass` that decides: behind it there is nothing but the default. */
function actionOf({ name: { action } }: ReferenceRule): Decision["action"] {
  return action === "Pass" ? "Allow" : action;
}

/** Rules of other policies at the same place that would have done something else: which is asked first, nobody promises. */
function tiedWith(rule: ReferenceRule, fits: readonly ReferenceRule[]) {
  return fits
    .filter(
      (one) =>
        one.stage === rule.stage &&
        one.stage !== "kubernetes" &&
        one.standing.join() === rule.standing.join() &&
        !isSamePolicy(one, rule) &&
        one.name.action !== rule.name.action,
    )
    .map(({ name }) => name);
}

function isSamePolicy({ name: a }: ReferenceRule, { name: b }: ReferenceRule): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

const stages: Readonly<Record<Stage, number>> = { ordered: 0, kubernetes: 1, baseline: 2 };

/** Stage, tier, priority, then the order in the policy's list; by name where nobody says which comes first. */
function byPlace(a: ReferenceRule, b: ReferenceRule): number {
  return (
    stages[a.stage] - stages[b.stage] ||
    a.standing[0] - b.standing[0] ||
    a.standing[1] - b.standing[1] ||
    compare(policyText(a), policyText(b)) ||
    a.name.index - b.name.index
  );
}

const policyText = ({ name }: ReferenceRule): string =>
  `${name.kind}:${name.namespace}/${name.name}`;
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
