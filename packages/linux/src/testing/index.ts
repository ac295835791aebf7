export { type TestNamespace, testNamespace } from "./namespace.ts";
export { type FramesToSend, sendFrames } from "./send-frames.ts";
export { type SteadyTraffic, steadyTraffic, total, type TrafficReport } from "./steady-traffic.ts";
export { testPair, type TestPair } from "./pair.ts";
