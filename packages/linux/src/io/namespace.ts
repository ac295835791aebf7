import { closeSync, openSync } from "node:fs";
import { HostError } from "../host/error.ts";
import { call } from "./libc.ts";

const CLONE_NEWNET = 0x40000000;
/** The namespace of this thread; /proc/self would name that of the process' first thread. */
const ownNamespace = "/proc/thread-self/ns/net";

/**
 * Runs `body` inside the network namespace at `path` (a file of /run/netns or /proc/PID/ns/net), or
 * where we are if there is none. Sockets opened inside stay in that namespace, and so do processes
 * spawned inside. `body` must be synchronous: the type refuses a promise, since whatever ran during
 * an `await` would run in the wrong namespace. If the way back fails the process ends at once,
 * because every later socket would be opened in a Pod.
 */
export function inNamespace<T>(path: string | undefined, body: () => Synchronous<T>): T {
  if (path === undefined) return body();
  const target = openNamespace(path);
  const home = openSync(ownNamespace, "r");
  try {
    call("setns", target, CLONE_NEWNET);
    try {
      return body();
    } finally {
      goHome(home);
    }
  } finally {
    closeSync(home);
    closeSync(target);
  }
}

/** The same in a network namespace that is born for it, and ends with the last process and socket in it. */
export function inNewNamespace<T>(body: () => Synchronous<T>): T {
  const home = openSync(ownNamespace, "r");
  try {
    call("unshare", CLONE_NEWNET);
    try {
      return body();
    } finally {
      goHome(home);
    }
  } finally {
    closeSync(home);
  }
}

type Synchronous<T> = T extends PromiseLike<unknown> ? never : T;

/** A descriptor of the namespace at `path`, to be closed by the caller. */
export function openNamespace(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw new HostError({ code: "no-namespace", entry: "this change", path }, { cause });
  }
}

function goHome(home: number): void {
  try {
    call("setns", home, CLONE_NEWNET);
  } catch {
    process.abort();
  }
}
