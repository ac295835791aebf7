export { type TestNamespace, testNamespace } from "./namespace.ts";
export { type FramesToSend, sendFrames } from "./send-frames.ts";
