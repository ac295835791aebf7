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
  const lines = text.split("\n").slice(2);
  return new Map(
    lines.flatMap((line) => {
      const [name = "", numbers] = line.split(/:(?=[^:]*$)/);
      if (numbers === undefined) return [];
      const columns = numbers.trim().split(/\s+/).map(Number);
      return [[name.trim(), { received: columns[1] ?? 0, sent: columns[9] ?? 0 }] as const];
    }),
  );
}
