/** The door for tests and measurements: a cluster as a value. */
export type { CapturedPacket } from "./capture/pcap.ts";
export type { Capture, CaptureOptions } from "./capture/io/capture.ts";
export type { Carrier, Sighting } from "./capture/frame.ts";
export { LabError } from "./errors.ts";
export { type Argv, CommandError, type Outcome, type RunOptions } from "./io/command.ts";
export { type Lab, type LabFabric, type LabHost, openLab } from "./io/lab.ts";
export { startLab, type StartOptions } from "./io/start-lab.ts";
export { waitFor, type WaitOptions } from "./io/wait.ts";
export { defaultOptions, type LabOptions, type LabRequest } from "./options.ts";
export { addressPlan } from "./plan/address-plan.ts";
export type { LabPlan, NodePlan } from "./plan/lab-plan.ts";
export { walk } from "./walk/io/walk.ts";
export { formatWalk, type WalkReport, type WalkRow } from "./walk/report.ts";
