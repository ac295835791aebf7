import { type AntreaPolicyRecord, DEFAULT_TIER, type GroupRecord } from "@antrea/policy";

/** By what the records are found that decide whether another object is accepted. */

/** The Tier of a policy. */
export function tierOf({ spec: { tier } }: AntreaPolicyRecord): string {
  return tier || DEFAULT_TIER;
}

/** The children of a group, by the keys of a store. */
export function childrenOf({ namespace, spec: { childGroups = [] } }: GroupRecord): string[] {
  return childGroups.map((name) => (namespace === "" ? name : `${namespace}/${name}`));
}
