/**
 * Traffic with a memory, run in a Pod's network namespace: `serve STOP-FILE`, or `send STOP-FILE HZ CONNECTIONS ADDRESS…`.
 * It counts what is lost: datagrams without an answer, connections that end, streams that stop.
 */
import { createSocket } from "node:dgram";
import { existsSync, readFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { connect, createServer as tcpServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { patience } from "@antrea/lab";

const ports = { udp: 7001, tcp: 7002, http: 7003 } as const;

/** What `send` prints as JSON in the end. */
export interface LoadReport {
  readonly datagrams: {
    readonly sent: number;
    /** Neither answered nor counted as `unread` by one of the two ends. */
    readonly lost: number;
    /** Arrived, and thrown away by a kernel because the program did not read them in time. */
    readonly unread: number;
    readonly longestGapMs: number;
  };
  readonly connections: {
    readonly opened: number;
    readonly broken: number;
    readonly answers: number;
  };
  readonly streams: { readonly opened: number; readonly broken: number; readonly bytes: number };
}

async function serve(stopFile: string): Promise<void> {
  const udp = createSocket("udp4");
  udp.on("message", (message, { address, port }) => udp.send(message, port, address));
  udp.bind(ports.udp, () => udp.setRecvBufferSize(4 << 20));
  tcpServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.pipe(socket);
  }).listen(ports.tcp);
  createServer((_, answer) => {
    answer.writeHead(200);
    const timer = setInterval(() => answer.write(Buffer.alloc(1000)), 10 * patience());
    answer.on("close", () => clearInterval(timer));
  }).listen(ports.http, () => process.stdout.write("serving\n"));
  while (!existsSync(stopFile)) await sleep(100);
  process.stdout.write(`${JSON.stringify({ unread: unreadDatagrams() })}\n`, () => process.exit(0));
}

/** Until `stopFile` is there: `hz` datagrams a second to each address, `connections` connections and one endless answer of HTTP. */
async function send(
  addresses: readonly string[],
  { hz, connections, stopFile }: { hz: number; connections: number; stopFile: string },
): Promise<void> {
  const datagrams = addresses.map((address) => startDatagrams(address, hz));
  const talks = addresses.flatMap((address) =>
    Array.from({ length: connections }, () => startTalk(address)),
  );
  const streams = addresses.map(startStream);
  process.stdout.write("sending\n");
  while (!existsSync(stopFile)) await sleep(100);
  const endsAt = performance.now();
  await untilAlive([...talks, ...streams], endsAt);
  const broken = [talks, streams].map((some) => some.filter((one) => !isAlive(one, endsAt)).length);
  const all = await Promise.all(datagrams.map((one) => one.stop()));
  const sum = <T>(of: readonly T[], read: (one: T) => number) =>
    of.reduce((n, one) => n + read(one), 0);
  const report: LoadReport = {
    datagrams: {
      sent: sum(all, ({ sent }) => sent),
      lost: sum(all, ({ lost }) => lost) - unreadDatagrams(),
      unread: unreadDatagrams(),
      longestGapMs: Math.max(0, ...all.map(({ longestGapMs }) => longestGapMs)),
    },
    connections: {
      opened: talks.length,
      broken: broken[0] ?? 0,
      answers: sum(talks, ({ state }) => state.answers),
    },
    streams: {
      opened: streams.length,
      broken: broken[1] ?? 0,
      bytes: sum(streams, ({ state }) => state.bytes),
    },
  };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}

/** Of this network namespace: proc(5), /proc/net/snmp, Udp RcvbufErrors. */
function unreadDatagrams(): number {
  const [names = [], values = []] = readFileSync("/proc/self/net/snmp", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("Udp: "))
    .map((line) => line.split(" "));
  return Number(values[names.indexOf("RcvbufErrors")] ?? 0);
}

function startDatagrams(address: string, hz: number) {
  const socket = createSocket("udp4");
  const answered = new Set<number>();
  let sent = 0;
  let lastAt = performance.now();
  let longestGapMs = 0;
  socket.on("message", (message) => {
    answered.add(message.readUInt32BE(0));
    const at = performance.now();
    longestGapMs = Math.max(longestGapMs, at - lastAt);
    lastAt = at;
  });
  socket.on("error", () => {}); // an unreachable destination is a lost datagram
  socket.bind(0, () => socket.setRecvBufferSize(4 << 20));
  const began = performance.now();
  // as many as are due: a timer may come late
  const timer = setInterval(() => {
    const due = Math.min(((performance.now() - began) / 1000) * hz - sent, 20);
    for (let i = 0; i < due; i++) {
      const message = Buffer.alloc(64);
      message.writeUInt32BE(sent++, 0);
      socket.send(message, ports.udp, address);
    }
  }, patience());
  return {
    async stop() {
      clearInterval(timer);
      await sleep(2_000 * patience()); // what is late is not lost
      socket.close();
      return { sent, lost: sent - answered.size, longestGapMs: Math.round(longestGapMs) };
    },
  };
}

/** A question every 50 ms on one connection; as all here, as many times rarer as the machine is slower. */
function startTalk(address: string) {
  const state = { answers: 0, hasEnded: false, lastAt: performance.now() };
  const socket = connect({ host: address, port: ports.tcp, noDelay: true });
  const timer = setInterval(() => socket.write("question"), 50 * patience());
  socket.on("data", () => {
    state.answers++;
    state.lastAt = performance.now();
  });
  for (const event of ["error", "close"] as const)
    socket.on(event, () => {
      clearInterval(timer);
      state.hasEnded = true;
    });
  return { state };
}

function startStream(address: string) {
  const state = { bytes: 0, hasEnded: false, lastAt: performance.now() };
  const request = get({ host: address, port: ports.http, agent: false }, (answer) => {
    answer.on("data", (chunk: Buffer) => {
      state.bytes += chunk.length;
      state.lastAt = performance.now();
    });
    answer.on("close", () => (state.hasEnded = true));
  });
  request.on("error", () => (state.hasEnded = true));
  return { state };
}

interface Conversation {
  readonly state: { readonly hasEnded: boolean; readonly lastAt: number };
}

/** Whether something has come on it since then. */
function isAlive({ state }: Conversation, since: number): boolean {
  return !state.hasEnded && state.lastAt > since;
}

/**
 * For how long one that is silent is waited for, in milliseconds: where a machine has lost several segments in
 * a row the sender's next try is that far away (RFC 6298, section 5.5). Who is silent after that is broken.
 */
const silentMs = 30_000;

async function untilAlive(all: readonly Conversation[], since: number): Promise<void> {
  const silent = () => all.some((one) => !one.state.hasEnded && !isAlive(one, since));
  while (silent() && performance.now() - since < silentMs) await sleep(100);
}

const [role, ...rest] = process.argv.slice(2);
if (role === "serve") await serve(rest[0] ?? "");
else if (role === "send") {
  const [stopFile = "", hz, connections, ...addresses] = rest;
  await send(addresses, { hz: Number(hz), connections: Number(connections), stopFile });
}
