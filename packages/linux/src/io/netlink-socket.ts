import { close, closeSync, readSync, write, writeSync } from "node:fs";
import { promisify } from "node:util";
import { HostError } from "../host/error.ts";
import { decodeAcknowledgement } from "../netlink/acknowledgement.ts";
import { concat } from "../netlink/attribute.ts";
import {
  decodeMessages,
  encodeMessage,
  type NetlinkMessage,
  nlmFlag,
  nlmsg,
} from "../netlink/message.ts";
import { call, errnoName } from "./libc.ts";
import { inNamespace } from "./namespace.ts";

const AF_NETLINK = 16;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;
export const SOCK_NONBLOCK = 0o4000;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
export const netlinkProtocol = { route: 0, netfilter: 12 } as const;
export const SOL_NETLINK = 270;

/** Larger than any datagram the kernel sends: it fills at most 32 KiB in a dump. */
const receiveSize = 256 * 1024;
/** On a busy host the last dump may be inconsistent too; the next event leads to another look. */
const dumpAttempts = 5;

/** What is asked of the kernel. `entry` is how an error names it. */
export interface NetlinkRequest {
  readonly entry: string;
  readonly type: number;
  readonly flags?: number;
  readonly payload: Uint8Array;
}

/**
 * A socket that asks and waits: the kernel answers rtnetlink while it is being asked, so a
 * synchronous read returns at once. It belongs to the namespace it was opened in for good.
 */
export interface NetlinkSocket {
  /** One change, acknowledged; throws a HostError with the kernel's reason. */
  change(request: NetlinkRequest): void;
  /**
   * The same from a thread of libuv's pool, for a change that the kernel takes long over (a link's end
   * waits for every processor). Nothing else may use the socket meanwhile.
   */
  changeInBackground(request: NetlinkRequest): Promise<void>;
  /** One question with one answer. */
  ask(request: NetlinkRequest): NetlinkMessage;
  /** All entries of a kind, read again if they changed meanwhile. */
  dump(request: NetlinkRequest): readonly NetlinkMessage[];
  /** Several changes between two marks that make them one; all are sent at once. */
  transaction(begin: NetlinkRequest, changes: readonly NetlinkRequest[], end: NetlinkRequest): void;
  close(): void;
  /** The same on a thread of libuv's pool, where the kernel has something to wait for. */
  closeInBackground(): void;
}

export function openNetlink(protocol: number = netlinkProtocol.route): NetlinkSocket {
  const fd = openSocket(protocol);
  const buffer = new Uint8Array(receiveSize);
  let sequence = 0;

  function encode({ type, flags = 0, payload }: NetlinkRequest, more: number): Uint8Array {
    sequence += 1;
    const all = nlmFlag.REQUEST | flags | more;
    return encodeMessage({ type, flags: all, sequence, portId: 0, payload });
  }
  const answers = (entry: string, isDone: IsDone) =>
    readAnswers(() => receive(fd, buffer).filter((m) => m.sequence === sequence), entry, isDone);

  return {
    change(request) {
      writeSync(fd, encode(request, nlmFlag.ACK));
      answers(request.entry, untilAcknowledged);
    },
    async changeInBackground(request) {
      await writeInBackground(fd, encode(request, nlmFlag.ACK));
      answers(request.entry, untilAcknowledged);
    },
    ask(request) {
      writeSync(fd, encode(request, 0));
      const [answer] = answers(request.entry, (found) => found.length > 0);
      if (!answer) throw new HostError({ code: "refused", entry: request.entry, errno: "ENODATA" });
      return answer;
    },
    dump(request) {
      for (let attempt = 1; ; attempt++) {
        writeSync(fd, encode(request, nlmFlag.DUMP));
        const found = answers(request.entry, untilAcknowledged);
        const isTorn = found.some((m) => m.flags & nlmFlag.DUMP_INTR);
        if (!isTorn || attempt === dumpAttempts) return found;
      }
    },
    transaction(begin, changes, end) {
      const first = sequence + 2;
      const frames = changes.map((change) => encode(change, nlmFlag.ACK));
      writeSync(fd, concat([encode(begin, 0), ...frames, encode(end, 0)]));
      for (let answered = 0; answered < changes.length; ) {
        for (const message of receive(fd, buffer)) {
          refuseUnlessDone((changes[message.sequence - first] ?? begin).entry, message);
          answered += 1;
        }
      }
    },
    close: () => closeSync(fd),
    closeInBackground: () => close(fd, () => {}),
  };
}

type IsDone = (found: readonly NetlinkMessage[]) => boolean;
const untilAcknowledged: IsDone = () => false;

/** Reads until the kernel acknowledges, ends the dump, or `isDone`; throws its refusal. */
function readAnswers(
  next: () => readonly NetlinkMessage[],
  entry: string,
  isDone: IsDone,
): readonly NetlinkMessage[] {
  const found: NetlinkMessage[] = [];
  while (!isDone(found)) {
    for (const message of next()) {
      if (message.type === nlmsg.ERROR) refuseUnlessDone(entry, message);
      if (message.type === nlmsg.ERROR || message.type === nlmsg.DONE) return found;
      found.push(message);
    }
  }
  return found;
}

/** The messages of the next datagram. */
export function receive(fd: number, buffer: Uint8Array): readonly NetlinkMessage[] {
  return decodeMessages(buffer.slice(0, readSync(fd, buffer)));
}

const writeInBackground = promisify(
  (fd: number, bytes: Uint8Array, done: (error: Error | null) => void) => write(fd, bytes, done),
);

function refuseUnlessDone(entry: string, message: NetlinkMessage): void {
  const { errno, hint } = decodeAcknowledgement(message);
  if (errno !== 0) throw new HostError({ code: "refused", entry, errno: errnoName(errno), hint });
}

export function openSocket(protocol: number, extraType = 0): number {
  const fd = call("socket", AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | extraType, protocol);
  setOption(fd, { level: SOL_NETLINK, name: NETLINK_CAP_ACK, value: 1 });
  setOption(fd, { level: SOL_NETLINK, name: NETLINK_EXT_ACK, value: 1 });
  return fd;
}

export interface SocketOption {
  readonly level: number;
  readonly name: number;
  readonly value: number;
}

export function setOption(fd: number, { level, name, value }: SocketOption): void {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  call("setsockopt", fd, level, name, bytes, bytes.length);
}

const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;

/** Sets a receive buffer beyond what the machine allows others; the kernel counts twice as much, see socket(7). */
export function forceReceiveBuffer(fd: number, bytes: number): void {
  setOption(fd, { level: SOL_SOCKET, name: SO_RCVBUFFORCE, value: bytes });
}

/** Sets a send buffer beyond what the machine allows others; the kernel counts twice as much, see socket(7). */
export function forceSendBuffer(fd: number, bytes: number): void {
  setOption(fd, { level: SOL_SOCKET, name: SO_SNDBUFFORCE, value: bytes });
}

/** Opens a socket for the length of `body`. */
export function withNetlink<T>(body: (socket: NetlinkSocket) => T, protocol?: number): T {
  const socket = openNetlink(protocol);
  try {
    return body(socket);
  } finally {
    socket.close();
  }
}

/** The same in the namespace at `netnsPath`, all of `body` included, which must not wait. */
export function withNetlinkIn<T>(
  netnsPath: string | undefined,
  body: (socket: NetlinkSocket) => T,
): T {
  return inNamespace<T>(netnsPath, () => withNetlink(body) as never);
}
