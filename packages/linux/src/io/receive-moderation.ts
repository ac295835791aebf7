import { closeSync, readFileSync, writeFileSync } from "node:fs";
import { HostError } from "../host/error.ts";
import {
  type DeviceFrames,
  moderationFiles,
  parseDeviceFrames,
  type ReceiveModeration,
} from "../host/receive-moderation.ts";
import { call, SystemCallError } from "./libc.ts";

const CLOEXEC = 1; // of fsopen(2), fsmount(2) and fspick(2) alike
const FSPICK_EMPTY_PATH = 8;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_CMD_CREATE = 6;
const FSCONFIG_CMD_RECONFIGURE = 7;

/** Of a device of the current namespace. */
export function setReceiveModeration(device: string, wish: ReceiveModeration): void {
  const entry = `receive moderation of ${device}`;
  try {
    withSysfs((folder) => {
      for (const [key, file] of Object.entries(moderationFiles))
        writeFileSync(
          `${folder}/class/net/${device}/${file}`,
          String(wish[key as keyof ReceiveModeration]),
          { flag: "r+" },
        );
    });
  } catch (error) {
    const errno =
      error instanceof SystemCallError ? error.code : (error as NodeJS.ErrnoException).code;
    throw new HostError({ code: "refused", entry, errno: errno ?? "EIO" }, { cause: error });
  }
}

/** Of every device of the current namespace. */
export function readDeviceFrames(): ReadonlyMap<string, DeviceFrames> {
  return parseDeviceFrames(readFileSync("/proc/thread-self/net/dev", "utf8"));
}

/**
 * A mounted sysfs shows the devices of the namespace in which it was mounted. This one is mounted
 * nowhere: it goes with its descriptor. All mounts of a namespace share what a container runtime
 * made read-only as a whole; that is taken back here, and the container's own mount stays read-only.
 */
function withSysfs(body: (folder: string) => void): void {
  const context = call("fsopen", "sysfs", CLOEXEC);
  try {
    call("fsconfig", context, FSCONFIG_CMD_CREATE, null, null, 0);
    const mount = call("fsmount", context, CLOEXEC, 0);
    try {
      makeWritable(mount);
      body(`/proc/self/fd/${mount}`);
    } finally {
      closeSync(mount);
    }
  } finally {
    closeSync(context);
  }
}

function makeWritable(mount: number): void {
  const context = call("fspick", mount, "", CLOEXEC | FSPICK_EMPTY_PATH);
  try {
    call("fsconfig", context, FSCONFIG_SET_FLAG, "rw", null, 0);
    call("fsconfig", context, FSCONFIG_CMD_RECONFIGURE, null, null, 0);
  } finally {
    closeSync(context);
  }
}
