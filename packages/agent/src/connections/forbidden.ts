import type { IpAddress } from "@antrea/net";
import type { NodeNetwork } from "@antrea/pipeline";
import type { Direction, NetworkPolicy, PolicyRule } from "@antrea/policy";
import { policyUidOf, type PlacedRule, type RuleKey } from "../policy/rule-keys.ts";
import { denialsOf } from "./judge.ts";
import type { LiveConnection } from "./live-connection.ts";
import type { StandingRules } from "./standing-rules.ts";

/** Which of the forbidden connections are meant; all, where nothing is said. */
export interface ConnectionChoice {
  /** Those from or to one of these addresses. */
  readonly addresses?: ReadonlySet<IpAddress> | undefined;
  /** Those that one of these policies forbids, by UID. */
  readonly policies?: ReadonlySet<string> | undefined;
}

/** A connection that rules in force forbid, and what says so. */
export interface ForbiddenConnection {
  readonly connection: LiveConnection;
  readonly direction: Direction;
  readonly action: "Drop" | "Reject";
  /** One of those that say so: of a chosen policy. */
  readonly key: RuleKey;
}

export function forbiddenBy(
  connection: LiveConnection,
  { addresses, policies }: ConnectionChoice,
  rules: StandingRules,
  network: NodeNetwork,
): ForbiddenConnection | undefined {
  const { source, destination } = connection;
  if (addresses && !addresses.has(source) && !addresses.has(destination)) return undefined;
  for (const { direction, action, keys } of denialsOf(connection, rules, network)) {
    const key = keys.find((one) => policies?.has(policyUidOf(one)) ?? true);
    if (key !== undefined) return { connection, direction, action, key };
  }
  return undefined;
}

/** What forbade connections, and how many. */
export interface ForbiddenCount {
  readonly policy: NetworkPolicy;
  readonly direction: Direction;
  /** Undefined where the policy isolates, and allows none of these. */
  readonly rule?: PolicyRule;
  readonly action: "Drop" | "Reject";
  readonly connections: number;
}

/** Counts by rule; of rules that are gone meanwhile nothing is told. */
export function countForbidden(
  found: readonly ForbiddenConnection[],
  findPlace: (key: RuleKey) => PlacedRule | undefined,
): readonly ForbiddenCount[] {
  return [...Map.groupBy(found, ({ key }) => key)].flatMap(([key, those]) => {
    const { policy, place } = findPlace(key) ?? {};
    const [{ direction, action }] = those as [ForbiddenConnection];
    if (!policy || !place) return [];
    const rule = place.kind === "rule" ? { rule: place.rule } : {};
    return [{ policy, direction, ...rule, action, connections: those.length }];
  });
}
