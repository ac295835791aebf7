export { type FramesToSend, sendFrames } from "./send-frames.ts";
