import type { AdminPolicyEgressPeer } from "@antrea/api";
import type { Direction, PolicyRule, RuleAction, RuleService } from "../model.ts";
import { adminPeers } from "./admin-peers.ts";
import type { Needs } from "./compiled.ts";
import { inside, type RulePlace, unenforced } from "./scope.ts";

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

export function compileAdminRule(rule: AdminRule, needs: Needs): readonly PolicyRule[] {
  const { direction, index, name = "", action } = rule;
  const isIn = direction === "In";
  const place = { needs, action, at: `spec.${isIn ? "ingress" : "egress"}[${index}]` };
  const services = servicesOf(rule, place);
  if (!services) return [];
  const peer = adminPeers(rule.peers, inside(place, isIn ? ".from" : ".to"));
  return [
    {
      ...{ direction, peer, services, action, priority: index, name },
      ...{ enableLogging: false, logLabel: "", appliedToGroups: [] },
    },
  ];
}

/** As for peers: what is not known is no traffic for a rule that allows, and all traffic for others. */
function servicesOf({ services }: AdminRule, place: RulePlace): readonly RuleService[] | undefined {
  if (services.every((entry) => entry.length > 0)) return services.flat();
  if (place.action !== "Allow") {
    place.needs.problem(
      `${place.at}: a port says nothing that is known; all traffic is taken for it`,
    );
    return [];
  }
  unenforced(place, "a port says nothing that is known");
  const known = services.flat();
  return known.length > 0 ? known : undefined;
}
