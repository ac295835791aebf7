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
  { addresses, policy: wanted, isDryRun }: EndRequest,
  { ender, state }: EndedConnectionsDeps,
  options: { readonly signal: AbortSignal },
): Promise<EndedConnections> {
  const waiting = waitingPolicy(state);
  if (waiting && !isDryRun)
    throw refuse(
      503,
      `${sourceText(waiting.source)} is not in force here as it is wanted, so what it allows cannot be told from what is forbidden. Try again; antctl get networkpolicy says how far it is.`,
    );
  const inForce = [...state.policies()].flatMap((one) => one.inForce?.policy ?? []);
  const choice = {
    addresses: addresses && new Set(addresses),
    policies: wanted && new Set(inForce.filter(isMeant(wanted)).map(({ uid }) => uid)),
  };
  const { forbidden, ...counts } = await ender.end({ ...choice, isDryRun }, options);
  return { ...counts, ended: forbidden.map(endedRow) };
}

function isMeant({ namespace, name, kind }: NonNullable<EndRequest["policy"]>) {
  return ({ source }: NetworkPolicy): boolean =>
    source.namespace === namespace && source.name === name && (kind ?? source.kind) === source.kind;
}

function endedRow(one: ForbiddenCount): EndedConnections["ended"][number] {
  const { policy, rule, direction, action, connections } = one;
  return {
    ...{ policy: sourceText(policy.source), direction, action, connections },
    ...(rule && { index: Math.max(0, rule.priority) }),
    ...(rule && rule.name !== "" && { rule: rule.name }),
  };
}
