import type { AdminPolicyEgressPeer } from "@antrea/api";
import {
  anyPeer,
  type Direction,
  type PolicyRule,
  type RuleAction,
  type RuleService,
} from "../model.ts";
import { adminPeers } from "./admin-peers.ts";
import type { Needs } from "./compiled.ts";

/** A rule of either API of policy.networking.k8s.io, whichever its direction. */
export interface AdminRule {
  readonly direction: Direction;
  readonly index: number;
  readonly name?: string | undefined;
  readonly action: RuleAction;
  readonly peers: readonly AdminPolicyEgressPeer[];
  /** Of each entry of the list; an entry without any was written for a newer version. */
  readonly services: readonly (readonly RuleService[])[];
}

/**
 * A part that says nothing known was written for a newer version of the API. Its documentation asks that
 * the whole rule then allows nothing, or, if it is no rule that allows, denies everything.
 */
export function compileAdminRule(rule: AdminRule, needs: Needs): readonly PolicyRule[] {
  const { direction, index, name = "", action, services, peers } = rule;
  const isIn = direction === "In";
  const at = `spec.${isIn ? "ingress" : "egress"}[${index}]`;
  const common = {
    ...{ direction, priority: index, name },
    ...{ enableLogging: false, logLabel: "", appliedToGroups: [] },
  };
  const unknown = unknownPart(rule);
  if (unknown !== undefined) {
    const isShut = action !== "Allow";
    const effect = isShut ? "denies everything" : "allows nothing";
    needs.problem(`${at}${unknown}: it says nothing that is known; the rule ${effect}`);
    return isShut ? [{ ...common, peer: anyPeer, services: [], action: "Drop" }] : [];
  }
  const peer = adminPeers(peers, { needs, action, at: `${at}${isIn ? ".from" : ".to"}` });
  return [{ ...common, peer, services: services.flat(), action }];
}

/** The first part that is not known, as the end of its path. */
function unknownPart({ direction, peers, services }: AdminRule): string | undefined {
  const list = direction === "In" ? ".from" : ".to";
  if (peers.length === 0) return list;
  const peer = peers.findIndex((one) => Object.values(one).every((part) => part === undefined));
  if (peer >= 0) return `${list}[${peer}]`;
  return services.every((entry) => entry.length > 0) ? undefined : ", a port";
}
