import { dropMeter, type Meter } from "@antrea/openflow/flow";
import { pathProbeMeter } from "./features/path-probes.ts";
import { rejectMeter } from "./features/policy-actions.ts";

/** The meters that flows name; a switch refuses a flow whose meter it does not have. */
export const switchMeters: readonly Meter[] = [rejectMeter, pathProbeMeter].map(
  ({ id, packetsPerSecond, burst }) =>
    dropMeter(id, { unit: "pktps", rate: packetsPerSecond, burstSize: burst }),
);
