/**
 * One end of steady traffic: `receive PORT`, or `send PORT BYTES RATE ADDRESS…`: to each address RATE
 * datagrams of BYTES a second, and a stream of some 400 KB a second. Tells how far it is every 50 ms, a line of
 * JSON each, and ends with its standard input.
 */
import { createSocket } from "node:dgram";
import { connect, createServer, isIPv6 } from "node:net";
import { setPriority } from "node:os";
import type { TrafficReport } from "./steady-traffic.ts";

const [role, port, bytes, rate, ...addresses] = process.argv.slice(2);
/** How many times slower this machine is taken for: all is as many times rarer. */
const slowness = Number(process.env["ANTREA_LAB_PATIENCE"]) || 1;
const perSecond = Number(rate) / slowness;
const datagrams: Record<string, number> = {};
const streamed: Record<string, number> = {};
/** Datagrams on their way to the kernel. */
let pending = 0;
const running: NodeJS.Timeout[] = [];

function receive(): void {
  const socket = createSocket({ type: "udp6", recvBufferSize: 4 << 20 });
  const seen = new Set<string>();
  socket.on("message", (message, { address }) => {
    if (message.length !== Number(message.readUInt32BE(4))) return; // not whole
    const key = `${address} ${message.readUInt32BE(0)}`;
    if (seen.has(key)) return;
    seen.add(key);
    datagrams[address] = (datagrams[address] ?? 0) + 1;
  });
  socket.bind(Number(port), "::");
  createServer((stream) => {
    const from = stream.remoteAddress ?? "";
    stream.on("data", (chunk) => {
      streamed[from] = (streamed[from] ?? 0) + chunk.length;
    });
    stream.on("error", () => {});
  }).listen(Number(port), "::");
}

function send(to: string): void {
  const socket = createSocket(isIPv6(to) ? "udp6" : "udp4");
  const size = Number(bytes) - (isIPv6(to) ? 48 : 28); // without the headers of IP and UDP
  datagrams[to] = 0;
  streamed[to] = 0;
  socket.connect(Number(port), to, () => {
    const startedAt = performance.now();
    let count = 0;
    const sending = setInterval(() => {
      const due = ((performance.now() - startedAt) * perSecond) / 1000;
      for (; count < due; count++) {
        const message = Buffer.alloc(size);
        message.writeUInt32BE(count, 0);
        message.writeUInt32BE(size, 4);
        pending += 1;
        socket.send(message, (error) => {
          if (error) throw error;
          pending -= 1;
          datagrams[to] = (datagrams[to] ?? 0) + 1;
        });
      }
    }, 500 / perSecond);
    running.push(sending);
  });
  const stream = connect({ port: Number(port), host: to });
  stream.on("error", (error) => {
    throw error;
  });
  const streaming = setInterval(() => {
    if (stream.writableNeedDrain) return;
    stream.write(Buffer.alloc(8192));
    streamed[to] = (streamed[to] ?? 0) + 8192;
  }, 20 * slowness);
  running.push(streaming);
}

function tell(): void {
  const report: TrafficReport = { datagrams, streamed };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

// who receives too late for want of a processor would seem to have lost something; on the one processor of
// a machine that is many times slower it would be the cluster that has none
if (slowness === 1) setPriority(-20);
if (role === "receive") receive();
else addresses.forEach(send);
setInterval(tell, 50 * slowness);
process.stdin.resume();
process.stdin.on("end", () => {
  for (const timer of running) clearInterval(timer);
  setInterval(() => {
    if (pending > 0) return;
    tell();
    process.exit();
  }, 1);
});
