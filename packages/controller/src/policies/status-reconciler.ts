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
  const standing = new Map<string, Standing>();

  async function write(
    kind: CustomKind<AntreaPolicy>,
    { uid, ...source }: PolicySource,
    status: AntreaPolicyStatus,
    signal: AbortSignal,
  ): Promise<void> {
    const body = { metadata: { uid }, status }; // another object of that name is none of its business
    const options = { subresource: "status", signal } as const;
    await client.patch(ownResource(kind), nameOf(source), { kind: "merge", body }, options);
    standing.set(uid, { status, isOwn: true });
  }

  return {
    name: "policy-status",
    async reconcile(uid, signal) {
      const source = statuses.progress(uid)?.policy.source;
      const kind = source && withStatus[source.kind];
      if (!kind) return void standing.delete(uid);
      const { status: before, isOwn } =
        standing.get(uid) ?? (await present(client, kind, source, signal));
      const progress = statuses.progress(uid); // as it is now: the server has been asked meanwhile
      if (!progress) return void standing.delete(uid);
      standing.set(uid, { status: before, isOwn });
      const isOfNow = before?.observedGeneration === progress.policy.generation;
      if (progress.isProvisional && isOfNow && !isOwn) return; // it is looked at again when the Nodes have come
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

/** The status that a policy has. */
interface Standing {
  readonly status: AntreaPolicyStatus | undefined;
  /** Written by this leader. */
  readonly isOwn: boolean;
}

/** The status that the server has. */
async function present(
  client: Pick<KubeClient, "find">,
  kind: CustomKind<AntreaPolicy>,
  source: PolicySource,
  signal: AbortSignal,
): Promise<Standing> {
  const object = await client.find(ownResource(kind), nameOf(source), { signal });
  const parsed = parseCustom(kind, object);
  const isIt = "value" in parsed && parsed.meta.uid === source.uid;
  return { status: isIt ? parsed.value.status : undefined, isOwn: false };
}

function nameOf({ namespace, name }: Omit<PolicySource, "uid">): ObjectName {
  return namespace === "" ? { name } : { namespace, name };
}
