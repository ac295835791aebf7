import type { AntreaEgressRule, AntreaIngressRule, AntreaPeer } from "@antrea/api";
import type { Direction, PolicyRule, RuleAction, RuleService } from "../model.ts";
import type { GroupSelector } from "../selectors/group-selector.ts";
import { appliedToSelectors } from "./antrea-applied-to.ts";
import { problemOf, whomOfPeer } from "./antrea-peer.ts";
import { anyOf, noOne, type Whom } from "./compiled.ts";
import { anybody, whoIs } from "./peers.ts";
import { relativeParts } from "./relative-peers.ts";
import { inside, type RuleScope, type Scope, unenforced } from "./scope.ts";
import { antreaServices } from "./services.ts";

/** A rule as it is written, whichever its direction. */
export interface RuleSide {
  readonly rule: AntreaIngressRule | AntreaEgressRule;
  readonly direction: Direction;
  readonly field: string;
  readonly index: number;
  readonly peers: readonly AntreaPeer[];
  readonly peersField: string;
  readonly toServices: readonly unknown[];
}

/** The rule, and a rule for each part of its Pods that has peers of its own; all of one place, since they share no Pod. */
export function compileAntreaRule(
  side: RuleSide,
  policyAppliedTo: readonly GroupSelector[],
  outer: Scope,
): readonly PolicyRule[] {
  const { rule, peers } = side;
  const scope = { ...outer, action: rule.action };
  const services = servicesOf(side, scope);
  if (!services) return [];
  const hasOwn = rule.appliedTo !== undefined && rule.appliedTo.length > 0;
  const own = appliedToSelectors(rule.appliedTo ?? [], scope);
  if (hasOwn && own.length === 0) return [];
  const appliedTo = hasOwn ? own : policyAppliedTo;
  const common = commonOf(side, services, scope);
  const made = (whom: Whom, groups: readonly GroupSelector[]): PolicyRule => ({
    ...common,
    peer: scope.needs.peer(whom),
    appliedToGroups: scope.needs.groups(groups),
  });
  const relative = peers.filter((peer) => isRelative(peer, scope));
  const parts = relative.flatMap((peer) =>
    relativeParts(peer, appliedTo, (labels) => scope.surroundings.namespaces(labels)),
  );
  return [
    ...(relative.length > 0 && relative.length === peers.length
      ? []
      : [made(plainPeers(side, services, scope), own)]),
    ...parts.map((part) => made(whoIs(part.peer), part.appliedTo)),
  ];
}

function isRelative(peer: AntreaPeer, { home }: Scope): boolean {
  return peer.namespaces !== undefined && problemOf(peer, home) === undefined;
}

function plainPeers(side: RuleSide, services: readonly RuleService[], scope: RuleScope): Whom {
  const { peers, peersField, direction, toServices } = side;
  if (toServices.length > 0)
    return unenforced(inside(scope, ".toServices"), "Services are not enforced yet");
  if (peers.length === 0) return anybody(direction, services);
  return anyOf(
    peers.map((peer, i) =>
      isRelative(peer, scope) ? noOne : whomOfPeer(peer, inside(scope, `.${peersField}[${i}]`)),
    ),
  );
}

/** Undefined where what is written stands for no traffic. */
function servicesOf({ rule }: RuleSide, scope: RuleScope): readonly RuleService[] | undefined {
  const { ports = [], protocols = [] } = rule;
  const services = antreaServices(ports, protocols);
  if (services.length > 0 || ports.length + protocols.length === 0) return services;
  unenforced(scope, "its ports and protocols stand for no traffic");
  return undefined;
}

/** What all rules have that one became. */
function commonOf(
  { rule, direction, index }: RuleSide,
  services: readonly RuleService[],
  scope: RuleScope,
): Omit<PolicyRule, "peer" | "appliedToGroups"> {
  const { name = "", enableLogging = false, logLabel = "" } = rule;
  const action = actionOf(rule, scope);
  return { direction, services, action, priority: index, name, enableLogging, logLabel };
}

/** Nobody looks into connections yet: what would be let through if it said the right things is not. */
function actionOf(
  { action, l7Protocols = [] }: RuleSide["rule"],
  { at, needs }: Scope,
): RuleAction {
  if (l7Protocols.length === 0) return action;
  needs.problem(`${at}.l7Protocols: connections are not looked into yet; the rule drops them`);
  return "Drop";
}
