import { cidrContains, type IpAddress } from "@antrea/net";
import type { NodeNetwork } from "@antrea/pipeline";
import type { Direction } from "@antrea/policy";
import type { RuleKey } from "../policy/rule-keys.ts";
import type { LiveConnection } from "./live-connection.ts";
import type { AskedRules, StandingRule, StandingRules } from "./standing-rules.ts";
import { carries } from "./traffic.ts";

/** Why a connection would not be let begin now. */
export interface Denial {
  readonly direction: Direction;
  readonly action: "Drop" | "Reject";
  /** The rule that says so, or all that isolates the Pod. */
  readonly keys: readonly RuleKey[];
}

/**
 * What rules in force say of a connection if it began now, in each direction that denies it. The switch asks
 * in the same order, and asks the same connections.
 */
export function denialsOf(
  connection: LiveConnection,
  rules: StandingRules,
  network: NodeNetwork,
): readonly Denial[] {
  return (["Out", "In"] as const).flatMap((direction) => {
    if (isExempt(direction, connection, network)) return [];
    const { source, destination } = connection;
    const [own, peer] = direction === "Out" ? [source, destination] : [destination, source];
    const asked = rules.of(direction, own);
    const denied = asked && deniedBy(asked, connection, peer);
    return denied ? [{ direction, ...denied }] : [];
  });
}

const fromOtherNodes: ReadonlySet<string> = new Set(["tunnel", "uplink", "uplinkExternal"]);

/** What the classifiers of the pipeline let by unasked. */
function isExempt(
  direction: Direction,
  { source, destination, enteredBy }: LiveConnection,
  { gateway, uplink, serviceCidrs = [] }: NodeNetwork,
): boolean {
  if (direction === "Out") {
    const isForService = serviceCidrs.some((cidr) => cidrContains(cidr, destination));
    const mayBeOfPod = enteredBy === undefined || enteredBy === "pod";
    return fromOtherNodes.has(enteredBy ?? "") || (isForService && mayBeOfPod);
  }
  const mayBeOfNode = enteredBy === undefined || enteredBy === "gateway";
  const ofThisNode = [...gateway.addresses, ...(uplink?.addresses ?? [])];
  return mayBeOfNode && ofThisNode.some(({ address }) => address === source);
}

function deniedBy(
  { tiered, kubernetes, isolatedBy, baseline }: AskedRules,
  connection: LiveConnection,
  peer: IpAddress,
): Omit<Denial, "direction"> | undefined {
  const fits = (rule: StandingRule): boolean =>
    rule.isPeer(peer) && carries(rule.services, connection, rule.action);
  const first = firstOf(tiered, fits);
  if (first.length > 0 && !first.some(({ action }) => action === "Pass")) return denial(first);
  if (kubernetes.some(fits)) return undefined;
  if (isolatedBy.length > 0) return { action: "Drop", keys: isolatedBy };
  return denial(firstOf(baseline, fits));
}

/** All that fit at the highest priority at which any does. */
function firstOf(
  rules: readonly StandingRule[],
  fits: (rule: StandingRule) => boolean,
): readonly StandingRule[] {
  const first = rules.find(fits);
  return first ? rules.filter((rule) => rule.priority === first.priority && fits(rule)) : [];
}

/** Of rules at one place nobody promises which is asked: what one of them permits is not ended. */
function denial(first: readonly StandingRule[]): Omit<Denial, "direction"> | undefined {
  const actions = new Set(first.map(({ action }) => action));
  const isDenied = first.length > 0 && !actions.has("Allow") && !actions.has("Pass");
  if (!isDenied) return undefined;
  return {
    action: actions.has("Drop") ? "Drop" : "Reject",
    keys: first.map(({ key }) => key),
  };
}
