import { type NodePolicyPlan, refuse } from "@antrea/api/local-api";
import { ShapeError } from "@antrea/base";
import type { NetworkPolicy } from "@antrea/policy";
import {
  decodeShareChange,
  type ShareChange,
  type ShareChangeText,
} from "@antrea/policy/controlplane";
import type { LocalPod } from "../policy/local-pods.ts";
import type { PolicyRoom } from "../policy/policy-room.ts";
import { policyUidOf } from "../policy/rule-keys.ts";
import { flowRows } from "./flow-rows.ts";
import { tableLines } from "./table-lines.ts";

/** What another share of the policies would do on this Node: the functions that do it, without the doing. */
export function planPolicies(
  { preview, state }: Pick<PolicyRoom, "preview" | "state">,
  text: ShareChangeText,
  pods: readonly LocalPod[],
): NodePolicyPlan {
  const change = decoded(text);
  const { flows, tables, crowded, refused, waiting } = preview(change, pods);
  const known = new Map(change.networkPolicies.put.map((policy) => [policy.uid, policy]));
  const nameOf = (uid: string): string =>
    called(known.get(uid) ?? state.policy(uid)?.wanted) ?? uid;
  return {
    flows: flowRows(flows),
    host: tableLines(tables),
    problems: [
      ...[...new Set(crowded.map(policyUidOf))].map(
        (uid) =>
          `No priority is left for rules of ${nameOf(uid)}: what they deny is denied after all others, what they allow is not allowed`,
      ),
      ...[...new Set(refused?.keys.map(policyUidOf))].map(
        (uid) => `${nameOf(uid)} has rules for the Node itself. ${refused?.reason}`,
      ),
      ...waiting.map(
        ({ uid }) =>
          `${nameOf(uid)} would wait for groups that this Node has not been told: its flows are not shown`,
      ),
    ],
  };
}

function decoded(text: ShareChangeText): ShareChange {
  try {
    return decodeShareChange(text);
  } catch (error) {
    if (error instanceof ShapeError) throw refuse(400, error.message);
    throw error;
  }
}

function called(policy: NetworkPolicy | undefined): string | undefined {
  if (!policy) return undefined;
  const { kind, namespace, name } = policy.source;
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}
