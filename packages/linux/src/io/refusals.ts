import { closeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  encodeIpPacket,
  familyOf,
  type IpAddress,
  type IpFamily,
  ipFromBytes,
  type IpPacket,
  ipToBytes,
} from "@antrea/net";
import { packetKey, readRefusal } from "../host/refusal.ts";
import { call, onReadable, SystemCallError } from "./libc.ts";
import { inNamespace } from "./namespace.ts";
import { forceReceiveBuffer, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW } from "./netlink-socket.ts";

/** Sends any protocol with headers of its own, and receives nothing: raw(7). */
const IPPROTO_RAW = 255;

interface Family {
  readonly domain: number;
  readonly icmp: number;
  /** Level and name of the option, and its bits: the types of ICMP that are *not* to be heard. */
  readonly filter: { readonly level: number; readonly name: number; readonly deaf: Uint8Array };
  /** Where the address stands in `struct sockaddr_in` and `sockaddr_in6`. */
  readonly address: { readonly at: number; readonly bytes: number; readonly of: number };
}

const families: Readonly<Record<IpFamily, Family>> = {
  ipv4: {
    ...{ domain: 2, icmp: 1, address: { at: 4, bytes: 4, of: 16 } },
    filter: { level: 255, name: 1, deaf: allBut(4, [3]) },
  },
  ipv6: {
    ...{ domain: 10, icmp: 58, address: { at: 8, bytes: 16, of: 28 } },
    filter: { level: 58, name: 1, deaf: allBut(32, [1, 4]) },
  },
};

/** When a packet is sent that is not refused yet, and how long that is waited for in all, in milliseconds. */
const sentAtMs = [0, 200, 500];
const withinMs = 1_000;
/** Room for the answers to thousands that come together. */
const receiveBytes = 4 << 20;

/**
 * Sends packets that nobody is to take, thrice, and gives those that the kernel of their destination
 * refused within a second: so they have arrived, and its answer came back. To be sent, a packet's source
 * has to be an address of ours. Throws a SystemCallError without CAP_NET_RAW.
 */
export async function refusedPackets<P extends IpPacket>(
  packets: readonly P[],
  { signal, netnsPath }: { readonly signal: AbortSignal; readonly netnsPath?: string | undefined },
): Promise<ReadonlySet<P>> {
  const all = await Promise.all(
    (["ipv4", "ipv6"] as const).map((family) => {
      const some = packets.filter(({ source }) => familyOf(source) === family);
      return refusedOf(some, { family: families[family], signal, netnsPath });
    }),
  );
  return new Set(all.flat());
}

interface Asking {
  readonly family: Family;
  readonly signal: AbortSignal;
  readonly netnsPath: string | undefined;
}

async function refusedOf<P extends IpPacket>(
  packets: readonly P[],
  { family, signal, netnsPath }: Asking,
): Promise<readonly P[]> {
  if (packets.length === 0 || signal.aborted) return [];
  const silent = new Map(packets.map((packet) => [packetKey(packet), packet]));
  const allRefused = new AbortController();
  const ear = inNamespace(netnsPath, () => openEar(family));
  const readiness = onReadable(ear, () => {
    for (const packet of refusalsIn(ear, family)) silent.delete(packetKey(packet));
    if (silent.size === 0) allRefused.abort();
  });
  try {
    const end = AbortSignal.any([signal, allRefused.signal]);
    let now = 0;
    for (const at of [...sentAtMs, withinMs]) {
      await sleep(at - now, undefined, { signal: end }).catch(() => {});
      if (end.aborted) break;
      now = at;
      if (at !== withinMs) sendAll([...silent.values()], family, netnsPath);
    }
  } finally {
    readiness.stop();
    closeSync(ear);
  }
  return packets.filter((packet) => !silent.has(packetKey(packet)));
}

/** A socket that hears the errors of ICMP which a refusal may be. */
function openEar({ domain, icmp, filter: { level, name, deaf } }: Family): number {
  const ear = call("socket", domain, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, icmp);
  try {
    call("setsockopt", ear, level, name, deaf, deaf.length);
    forceReceiveBuffer(ear, receiveBytes);
  } catch (error) {
    closeSync(ear);
    throw error;
  }
  return ear;
}

/** What a socket has heard until now. */
function* refusalsIn(ear: number, { domain, address }: Family): Generator<IpPacket> {
  const buffer = new Uint8Array(2048);
  for (;;) {
    const from = new Uint8Array(address.of);
    const size = Uint8Array.of(address.of, 0, 0, 0);
    let length: number;
    try {
      length = call("recvfrom", ear, buffer, buffer.length, 0, from, size);
    } catch (error) {
      if (error instanceof SystemCallError) return; // EAGAIN: no more for now; the next poll tells of all else
      throw error;
    }
    const sender = ipFromBytes(from.slice(address.at, address.at + address.bytes));
    // IPv4 comes with its header, IPv6 without (raw(7), RFC 3542 section 3)
    const header = domain === families.ipv4.domain ? ((buffer[0] ?? 0) & 0xf) * 4 : 0;
    const refused = readRefusal(buffer.slice(header, length), sender);
    if (refused) yield refused;
  }
}

/** What cannot be sent (no such address here, no route, a filter of this Node) does not arrive, and nothing comes back of it. */
function sendAll(
  packets: readonly IpPacket[],
  family: Family,
  netnsPath: string | undefined,
): void {
  const type = SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK;
  for (const [source, some] of Map.groupBy(packets, (packet) => packet.source)) {
    const fd = inNamespace(netnsPath, () => call("socket", family.domain, type, IPPROTO_RAW));
    try {
      const from = socketAddress(source, family);
      if (!isDone(() => call("bind", fd, from, from.length))) continue;
      for (const packet of some) {
        const bytes = encodeIpPacket(packet);
        const to = socketAddress(packet.destination, family);
        isDone(() => call("sendto", fd, bytes, bytes.length, 0, to, to.length));
      }
    } finally {
      closeSync(fd);
    }
  }
}

/** Whether the kernel did it: it refuses for reasons of this Node's network. */
function isDone(step: () => unknown): boolean {
  try {
    step();
    return true;
  } catch (error) {
    if (error instanceof SystemCallError) return false;
    throw error;
  }
}

/** `struct sockaddr_in` or `sockaddr_in6`, port 0. */
function socketAddress(ip: IpAddress, { domain, address }: Family): Uint8Array {
  const bytes = new Uint8Array(address.of);
  bytes[0] = domain;
  bytes.set(ipToBytes(ip), address.at);
  return bytes;
}

/** A set of bits, all ones but for these. */
function allBut(bytes: number, bits: readonly number[]): Uint8Array {
  const set = new Uint8Array(bytes).fill(0xff);
  for (const bit of bits) set[bit >> 3] = (set[bit >> 3] ?? 0) & ~(1 << (bit & 7));
  return set;
}
