import { type EndedConnections, type EndRequest, refuse } from "@antrea/api/local-api";
import { type NetworkPolicy, sourceText } from "@antrea/policy";
import type { ConnectionEnder } from "../connections/connection-ender.ts";
import type { ForbiddenCount } from "../connections/forbidden.ts";
import { waitingPolicy } from "../connections/waiting-policy.ts";
import type { PolicyState } from "../policy/state.ts";

export interface EndedConnectionsDeps {
  readonly ender: ConnectionEnder;
  readonly state: Pick<PolicyState, "policies">;
}

/** Ends what is asked for, in the words of the local API. */
export async function endConnections(
  { addresses, policy, isDryRun }: EndRequest,
  { ender, state }: EndedConnectionsDeps,
  options: { readonly signal: AbortSignal },
): Promise<EndedConnections> {
  const meant = [...state.policies()].filter(({ wanted }) => !policy || isMeant(policy, wanted));
  const policies = meant.length;
  if (policy && policies === 0) return { policies, lookedAt: 0, ended: [], unguarded: 0 };
  const waiting = waitingPolicy(state);
  if (waiting && !isDryRun)
    throw refuse(
      503,
      `${sourceText(waiting.source)} is not in force here as it is wanted, so what it allows cannot be told from what is forbidden. Try again; antctl get networkpolicy says how far it is.`,
    );
  const choice = {
    addresses: addresses && new Set(addresses),
    policies: policy && new Set(meant.map(({ wanted }) => wanted.uid)),
  };
  const { forbidden, ...counts } = await ender.end({ ...choice, isDryRun }, options);
  return { policies, ...counts, ended: forbidden.map(endedRow) };
}

function isMeant(
  { namespace, name, kind }: NonNullable<EndRequest["policy"]>,
  { source }: NetworkPolicy,
): boolean {
  return (
    source.namespace === namespace && source.name === name && (kind ?? source.kind) === source.kind
  );
}

function endedRow(one: ForbiddenCount): EndedConnections["ended"][number] {
  const { policy, rule, direction, action, connections } = one;
  return {
    ...{ policy: sourceText(policy.source), direction, action, connections },
    ...(rule && { index: Math.max(0, rule.priority) }),
    ...(rule && rule.name !== "" && { rule: rule.name }),
  };
}
