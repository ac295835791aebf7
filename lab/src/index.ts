/** The door for tests and measurements: a cluster as a value. */

export type { Carrier, Sighting } from "./capture/frame.ts";
export type { Capture, CaptureOptions } from "./capture/io/capture.ts";
export type { CapturedPacket } from "./capture/pcap.ts";
export { stderrProgress } from "./assets/steps.ts";
export { auditLogPath } from "./cluster/io/start-control-plane.ts";
export { LabError } from "./errors.ts";
export { type Argv, attempt, CommandError, type Outcome, type RunOptions } from "./io/command.ts";
export { type Lab, type LabFabric, type LabHost, openLab } from "./io/lab.ts";
export { addPodRoutes } from "./io/pod-routes.ts";
export { type StartOptions, startLab } from "./io/start-lab.ts";
export { takeDown } from "./io/take-down.ts";
export { patience, type WaitOptions, waitFor } from "./io/wait.ts";
export { defaultOptions, type LabOptions, type LabRequest } from "./options.ts";
export { type EchoTrain, echoes, lostEchoes, parsePing, pingArgv } from "./ping.ts";
export { addressPlan } from "./plan/address-plan.ts";
export type { LabPlan, NodePlan } from "./plan/lab-plan.ts";
export { walk } from "./walk/io/walk.ts";
export { formatWalk, type WalkReport, type WalkRow } from "./walk/report.ts";
