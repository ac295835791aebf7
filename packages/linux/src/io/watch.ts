import { closeSync } from "node:fs";
import { type ChangingNames, changingNames } from "../host/device-names.ts";
import { groupsOf, type HostEvent, readEvent, type WatchedKind } from "../host/event.ts";
import type { WatchOptions } from "../host/network.ts";
import { call, onReadable } from "./libc.ts";
import { inNamespace } from "./namespace.ts";
import {
  forceReceiveBuffer,
  netlinkProtocol,
  openSocket,
  receive,
  SOCK_NONBLOCK,
  SOL_NETLINK,
  setOption,
  withNetlinkIn,
} from "./netlink-socket.ts";
import { observeLinks } from "./observe.ts";

const NETLINK_ADD_MEMBERSHIP = 1;
/** `struct sockaddr_nl` of family AF_NETLINK; the kernel chooses the port. */
const localAddress = Uint8Array.of(16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
const receiveSize = 64 * 1024;

const allKinds: readonly WatchedKind[] = ["link", "address", "route", "neighbour"];

/**
 * Tells of every change from now on, until the signal: whoever observes after this call misses none.
 * Node's own event loop waits on the socket, so there is no thread and no polling.
 */
export function watchHost(
  onEvent: (event: HostEvent) => void,
  options: WatchOptions & { readonly netnsPath?: string | undefined },
): void {
  const { signal, kinds = allKinds, netnsPath, bufferBytes = 4 << 20 } = options;
  signal.throwIfAborted();
  const fd = inNamespace(netnsPath, () =>
    subscribe(
      kinds.flatMap((kind) => groupsOf[kind]),
      bufferBytes,
    ),
  );
  const buffer = new Uint8Array(receiveSize);
  let names = observeNames(netnsPath);

  /** The next datagram's events; undefined when there is none left. */
  function next(): readonly HostEvent[] | undefined {
    try {
      return receive(fd, buffer).flatMap((message) => {
        const event = readEvent(message, names);
        if (event?.kind === "link") follow(names, event);
        return event ?? [];
      });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") return undefined;
      if (code !== "ENOBUFS") throw error;
      names = observeNames(netnsPath);
      return [{ kind: "resync" }];
    }
  }

  const readiness = onReadable(fd, () => {
    while (!signal.aborted) {
      const events = next();
      if (!events) return;
      for (const event of events) if (!signal.aborted) onEvent(event);
    }
  });
  signal.addEventListener(
    "abort",
    () => {
      readiness.stop();
      closeSync(fd);
    },
    { once: true },
  );
}

function observeNames(netnsPath: string | undefined): ChangingNames {
  return changingNames(withNetlinkIn(netnsPath, observeLinks).links);
}

function follow(
  names: ChangingNames,
  { link, isRemoved }: HostEvent & { readonly kind: "link" },
): void {
  if (isRemoved) names.remove(link.index);
  else names.set(link);
}

function subscribe(groups: readonly number[], bufferBytes: number): number {
  const fd = openSocket(netlinkProtocol.route, SOCK_NONBLOCK);
  forceReceiveBuffer(fd, bufferBytes);
  call("bind", fd, localAddress, localAddress.length); // without an address the kernel passes us over
  for (const group of groups)
    setOption(fd, { level: SOL_NETLINK, name: NETLINK_ADD_MEMBERSHIP, value: group });
  return fd;
}
