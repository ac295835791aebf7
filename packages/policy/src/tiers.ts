import { tierPriorities } from "./model.ts";

/** A Tier that is there from the beginning, and stays. */
export interface DefaultTier {
  readonly name: string;
  readonly priority: number;
  readonly description: string;
}

const { emergency, securityops, networkops, platform, application, baseline } = tierPriorities;

/** The Tiers that the controller makes, the first asked first. */
export const defaultTiers: readonly DefaultTier[] = [
  tier("emergency", emergency, "Asked before all others: for what must be stopped now."),
  tier("securityops", securityops, "For those who are responsible for security."),
  tier("networkops", networkops, "For those who are responsible for the network."),
  tier("platform", platform, "For those who run the platform."),
  tier("application", application, "For those who run applications; where a policy names no Tier."),
  tier(
    "baseline",
    baseline,
    "Asked after Kubernetes' own policies, of Pods that none of them isolates.",
  ),
];

/** Where a policy belongs that names no Tier. */
export const DEFAULT_TIER = "application";

function tier(name: string, priority: number, description: string): DefaultTier {
  return { name, priority, description };
}
