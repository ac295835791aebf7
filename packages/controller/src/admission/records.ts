import {
  clusterGroupKind,
  clusterNetworkPolicyKind,
  namespacedGroupKind,
  networkPolicyKind,
  tierKind,
} from "@antrea/api";
import { isRecord, type KubeObject } from "@antrea/kube";
import { DEFAULT_TIER } from "@antrea/policy";
import { ownResource } from "../own-resource.ts";

/** As little of each object as decides whether another one is accepted. */

export const tiers = ownResource(tierKind);
export const clusterPolicies = ownResource(clusterNetworkPolicyKind);
export const namespacePolicies = ownResource(networkPolicyKind);
export const clusterGroups = ownResource(clusterGroupKind);
export const groups = ownResource(namespacedGroupKind);

export interface TierNumber {
  readonly priority: number;
}

/** The Tier of a policy. */
export interface PolicyTier {
  readonly tier: string;
}

/** The children of a group, by the keys of a store. */
export interface GroupChildren {
  readonly children: readonly string[];
}

export function tierNumber(object: unknown): TierNumber {
  const { priority } = specOf(object);
  if (typeof priority !== "number") throw new Error("The Tier has no priority");
  return { priority };
}

export function policyTier(object: unknown): PolicyTier {
  const { tier } = specOf(object);
  return { tier: typeof tier === "string" && tier !== "" ? tier : DEFAULT_TIER };
}

export function groupChildren(object: KubeObject): GroupChildren {
  const { childGroups } = specOf(object);
  const names = Array.isArray(childGroups) ? (childGroups as unknown[]) : [];
  const place = object.metadata?.namespace;
  return {
    children: names
      .filter((name) => typeof name === "string")
      .map((name) => (place ? `${place}/${name}` : name)),
  };
}

function specOf(object: unknown): Readonly<Record<string, unknown>> {
  const spec = isRecord(object) ? object["spec"] : undefined;
  return isRecord(spec) ? spec : {};
}
