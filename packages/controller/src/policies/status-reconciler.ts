import { isDeepStrictEqual } from "node:util";
import type { AntreaPolicyStatus } from "@antrea/api";
import type { Clock, Reconciler } from "@antrea/base";
import { isKubeError, type KubeClient, type Resource } from "@antrea/kube";
import type { PolicyKind } from "@antrea/policy";
import { clusterNetworkPolicies, namespacedNetworkPolicies } from "./source.ts";
import { policyStatus } from "./status.ts";
import type { Statuses } from "./statuses.ts";

export interface StatusReconcilerDeps {
  readonly statuses: Pick<Statuses, "progress">;
  readonly problems: (uid: string) => readonly string[];
  readonly client: Pick<KubeClient, "patch">;
  readonly clock: Clock;
}

/** The kinds that have a status for it. */
const withStatus: Partial<Readonly<Record<PolicyKind, Resource>>> = {
  AntreaClusterNetworkPolicy: clusterNetworkPolicies,
  AntreaNetworkPolicy: namespacedNetworkPolicies,
};

/** Writes into a policy, by its UID, how far it is enforced. */
export function statusReconciler(deps: StatusReconcilerDeps): Reconciler<string> {
  const { statuses, problems, client, clock } = deps;
  const written = new Map<string, AntreaPolicyStatus>();
  return {
    name: "policy-status",
    async reconcile(uid, signal) {
      const progress = statuses.progress(uid);
      const { kind, namespace, name } = progress?.policy.source ?? {};
      const resource = kind && withStatus[kind];
      if (!progress || !resource || name === undefined) return void written.delete(uid);
      const before = written.get(uid);
      const status = policyStatus(progress, problems(uid), before, clock.wallTime());
      if (isDeepStrictEqual(status, before)) return;
      const body = { metadata: { uid }, status }; // another object of that name is none of its business
      const target = { name, ...(namespace === "" ? {} : { namespace }) };
      try {
        await client.patch(
          resource,
          target,
          { kind: "merge", body },
          { subresource: "status", signal },
        );
        written.set(uid, status);
      } catch (error) {
        if (!isKubeError(error, "not-found", "conflict")) throw error;
      }
    },
  };
}
