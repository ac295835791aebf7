import { closeSync, writeSync } from "node:fs";
import { invariant } from "@antrea/base";
import { call } from "../io/libc.ts";
import { inNamespace } from "../io/namespace.ts";
import { withNetlink } from "../io/netlink-socket.ts";
import { findLink } from "../io/observe.ts";

export interface FramesToSend {
  readonly netnsPath: string;
  readonly device: string;
  /** Whole Ethernet frames, without the check sequence. */
  readonly frames: readonly Uint8Array[];
}

const AF_PACKET = 17;
const SOCK_RAW = 3;

/** Sends frames as they are, past the stack of the namespace: what a program may do that has CAP_NET_RAW (packet(7)). */
export function sendFrames({ netnsPath, device, frames }: FramesToSend): void {
  inNamespace(netnsPath, () => {
    const index = withNetlink((socket) => findLink(socket, device))?.index;
    invariant(index !== undefined, `${device} is in ${netnsPath}`);
    const fd = call("socket", AF_PACKET, SOCK_RAW, 0); // protocol 0: it receives nothing
    try {
      const address = socketAddress(index);
      call("bind", fd, address, address.length);
      for (const frame of frames) writeSync(fd, frame);
    } finally {
      closeSync(fd);
    }
  });
}

/** `struct sockaddr_ll` of one device. */
function socketAddress(index: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setInt32(4, index, true);
  return bytes;
}
