import type { Clock, Logger } from "@antrea/base";
import type { KubeClient } from "@antrea/kube";
import { type Reflector, reflector } from "@antrea/kube/io";
import type { AntreaPolicyRecord, GroupRecord, TierRecord } from "@antrea/policy";
import {
  clusterNetworkPolicyRecord,
  groupRecord,
  networkPolicyRecord,
  tierRecord,
} from "@antrea/policy/records";
import { clusterGroupKind, namespacedGroupKind } from "@antrea/api";
import { ownInputs, type PolicyInput, type Watched } from "../policies/source.ts";
import { childrenOf, tierOf } from "./records.ts";

export interface AdmissionSourceDeps {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly clock: Clock;
}

/** What every controller watches to answer the API server about objects of ours; who leads computes with the same. */
export interface AdmissionSource {
  readonly tiers: Reflector<TierRecord>;
  readonly clusterPolicies: Reflector<AntreaPolicyRecord, "tier">;
  readonly namespacePolicies: Reflector<AntreaPolicyRecord, "tier">;
  readonly clusterGroups: Reflector<GroupRecord, "child">;
  readonly groups: Reflector<GroupRecord, "child">;
}

export function admissionSource(deps: AdmissionSourceDeps): AdmissionSource {
  const { tiers, clusterPolicies, namespacePolicies, clusterGroups, groups } = ownInputs;
  const policiesOf = ({ resource }: PolicyInput, project: typeof networkPolicyRecord) =>
    reflector({
      ...{ ...deps, resource, project },
      indexes: { tier: (policy: AntreaPolicyRecord) => [tierOf(policy)] },
    });
  const groupsOf = ({ resource }: PolicyInput, kind: typeof clusterGroupKind) =>
    reflector({
      ...{ ...deps, resource, project: groupRecord(kind) },
      indexes: { child: childrenOf },
    });
  return {
    tiers: reflector({ ...deps, resource: tiers.resource, project: tierRecord }),
    clusterPolicies: policiesOf(clusterPolicies, clusterNetworkPolicyRecord),
    namespacePolicies: policiesOf(namespacePolicies, networkPolicyRecord),
    clusterGroups: groupsOf(clusterGroups, clusterGroupKind),
    groups: groupsOf(groups, namespacedGroupKind),
  };
}

/** The same for who computes policies. */
export function watchedBy(source: AdmissionSource): readonly Watched[] {
  const kinds = Object.keys(ownInputs) as (keyof AdmissionSource)[];
  return kinds.map((kind) => ({ input: ownInputs[kind], store: source[kind].store }));
}
