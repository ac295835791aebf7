import { dropMeter, type Meter } from "@antrea/openflow/flow";
import { rejectMeter } from "./features/policy-actions.ts";

/** The meters that flows name; a switch refuses a flow whose meter it does not have. */
export const switchMeters: readonly Meter[] = [
  dropMeter(rejectMeter.id, {
    unit: "pktps",
    rate: rejectMeter.packetsPerSecond,
    burstSize: rejectMeter.burst,
  }),
];
