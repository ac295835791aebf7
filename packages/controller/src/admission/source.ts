import type { Clock, Logger } from "@antrea/base";
import type { KubeClient, Resource } from "@antrea/kube";
import { type Reflector, reflector } from "@antrea/kube/io";
import {
  clusterGroups,
  clusterPolicies,
  type GroupChildren,
  groupChildren,
  groups,
  namespacePolicies,
  type PolicyTier,
  policyTier,
  type TierNumber,
  tierNumber,
  tiers,
} from "./records.ts";

export interface AdmissionSourceDeps {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly clock: Clock;
}

/** What every controller watches to answer the API server about objects of ours. */
export interface AdmissionSource {
  readonly tiers: Reflector<TierNumber>;
  readonly clusterPolicies: Reflector<PolicyTier, "tier">;
  readonly namespacePolicies: Reflector<PolicyTier, "tier">;
  readonly clusterGroups: Reflector<GroupChildren, "child">;
  readonly groups: Reflector<GroupChildren, "child">;
}

export function admissionSource(deps: AdmissionSourceDeps): AdmissionSource {
  const policies = (resource: Resource) =>
    reflector({
      ...{ ...deps, resource },
      project: policyTier,
      indexes: { tier: ({ tier }: PolicyTier) => [tier] },
    });
  const groupsOf = (resource: Resource) =>
    reflector({
      ...{ ...deps, resource },
      project: groupChildren,
      indexes: { child: ({ children }: GroupChildren) => children },
    });
  return {
    tiers: reflector({ ...deps, resource: tiers, project: tierNumber }),
    clusterPolicies: policies(clusterPolicies),
    namespacePolicies: policies(namespacePolicies),
    clusterGroups: groupsOf(clusterGroups),
    groups: groupsOf(groups),
  };
}
