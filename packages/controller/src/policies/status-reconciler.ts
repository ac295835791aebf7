import { isDeepStrictEqual } from "node:util";
import {
  type AntreaPolicy,
  type AntreaPolicyStatus,
  type CustomKind,
  clusterNetworkPolicyKind,
  networkPolicyKind,
  parseCustom,
} from "@antrea/api";
import type { Clock, Reconciler } from "@antrea/base";
import { isKubeError, type KubeClient, type ObjectName } from "@antrea/kube";
import type { PolicyKind, PolicySource } from "@antrea/policy";
import { ownResource } from "../own-resource.ts";
import { policyStatus } from "./status.ts";
import type { Statuses } from "./statuses.ts";

export interface StatusReconcilerDeps {
  readonly statuses: Pick<Statuses, "progress">;
  readonly problems: (uid: string) => readonly string[];
  readonly client: Pick<KubeClient, "find" | "patch">;
  readonly clock: Clock;
}

/** The kinds that have a status for it. */
const withStatus: Partial<Readonly<Record<PolicyKind, CustomKind<AntreaPolicy>>>> = {
  AntreaClusterNetworkPolicy: clusterNetworkPolicyKind,
  AntreaNetworkPolicy: networkPolicyKind,
};

/**
 * Writes into a policy, by its UID, how far it is enforced. What another leader wrote stands until the
 * Nodes have come to this one, unless the policy has changed since.
 */
export function statusReconciler(deps: StatusReconcilerDeps): Reconciler<string> {
  const { statuses, problems, client, clock } = deps;
  /** What stands there; undefined for one that has no status. */
  const written = new Map<string, AntreaPolicyStatus | undefined>();

  async function write(
    kind: CustomKind<AntreaPolicy>,
    { uid, ...source }: PolicySource,
    status: AntreaPolicyStatus,
    signal: AbortSignal,
  ): Promise<void> {
    const body = { metadata: { uid }, status }; // another object of that name is none of its business
    const options = { subresource: "status", signal } as const;
    await client.patch(ownResource(kind), nameOf(source), { kind: "merge", body }, options);
    written.set(uid, status);
  }

  return {
    name: "policy-status",
    async reconcile(uid, signal) {
      const source = statuses.progress(uid)?.policy.source;
      const kind = source && withStatus[source.kind];
      if (!kind) return void written.delete(uid);
      if (!written.has(uid)) written.set(uid, await present(client, kind, source, signal));
      const before = written.get(uid);
      const progress = statuses.progress(uid); // as it is now: the server has been asked meanwhile
      if (!progress) return void written.delete(uid);
      if (progress.isProvisional && before?.observedGeneration === progress.policy.generation)
        return; // it is looked at again when the Nodes have come
      const status = policyStatus(progress, problems(uid), before, clock.wallTime());
      if (isDeepStrictEqual(status, before)) return;
      try {
        await write(kind, source, status, signal);
      } catch (error) {
        if (!isKubeError(error, "not-found", "conflict")) throw error;
      }
    },
  };
}

/** The status that the server has. */
async function present(
  client: Pick<KubeClient, "find">,
  kind: CustomKind<AntreaPolicy>,
  source: PolicySource,
  signal: AbortSignal,
): Promise<AntreaPolicyStatus | undefined> {
  const object = await client.find(ownResource(kind), nameOf(source), { signal });
  const parsed = parseCustom(kind, object);
  return "problem" in parsed || parsed.meta.uid !== source.uid ? undefined : parsed.value.status;
}

function nameOf({ namespace, name }: Omit<PolicySource, "uid">): ObjectName {
  return namespace === "" ? { name } : { namespace, name };
}
