import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { invariant } from "@antrea/base";
import { HostError } from "../host/error.ts";

/** /proc/sys/net shows the namespace of the thread that looks: read and write inside `inNamespace`. */
export function readSysctl(path: string): string | undefined {
  try {
    return readFileSync(fileOf(path), "utf8").trim().replaceAll(/\s+/g, " ");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export function writeSysctl(path: string, value: string): void {
  try {
    writeFileSync(fileOf(path), value, { flag: "r+" });
  } catch (cause) {
    const errno = (cause as NodeJS.ErrnoException).code ?? "EIO";
    throw new HostError({ code: "refused", entry: `sysctl ${path} = ${value}`, errno }, { cause });
  }
}

/** A container's own /proc/sys is read-only; our manifest mounts the part that we write beside it. */
const root = existsSync("/host/proc/sys/net") ? "/host/proc/sys" : "/proc/sys";

function fileOf(path: string): string {
  invariant(/^[\w.@:-]+(?:\/[\w.@:-]+)*$/.test(path), `"${path}" is a path below /proc/sys`);
  return `${root}/${path}`;
}
