/**
 * For how long a device gathers the frames it receives, and joins segments of one stream, before its
 * stack gets them. The files of the kernel's Documentation/ABI/testing/sysfs-class-net; Linux 5.8.
 */
export interface ReceiveModeration {
  /** `gro_flush_timeout`: how long in nanoseconds. 0: what comes is handed on at once. */
  readonly flushTimeoutNs: number;
  /** `napi_defer_hard_irqs`: how many times to wait for more before new frames are waited for as ever. */
  readonly deferHardIrqs: number;
}

/** Below `/sys/class/net/DEVICE`. */
export const moderationFiles = {
  flushTimeoutNs: "gro_flush_timeout",
  deferHardIrqs: "napi_defer_hard_irqs",
} as const satisfies Record<keyof ReceiveModeration, string>;

/** What a device has carried since it was made. */
export interface DeviceFrames {
  readonly received: number;
  readonly sent: number;
}

/** Reads `/proc/net/dev` (proc(5)): two lines of headings, then for each device a name and sixteen numbers. */
export function parseDeviceFrames(text: string): ReadonlyMap<string, DeviceFrames> {
  const frames = new Map<string, DeviceFrames>();
  for (const [, name = "", received, sent] of text.matchAll(deviceLine))
    frames.set(name, { received: Number(received), sent: Number(sent) });
  return frames;
}

/** Name, and of sixteen numbers the second and the tenth; the name may have colons. Read several times a second, so nothing else of a line is looked at. */
const deviceLine = /^ *(\S+): *\d+ +(\d+)(?: +\d+){7} +(\d+)/gm;
