/**
 * Sends datagrams at a steady rate, or answers greetings: the traffic of `tables.ts`, which runs it in
 * network namespaces.
 *
 *     node bench/datagrams.ts answer PORT
 *     node bench/datagrams.ts send ADDRESS GREETING FIRST-PORT PORTS COUNT RATE
 *
 * `send` greets port GREETING until it is answered, so that the connection is known in both directions, and then
 * sends COUNT datagrams of 64 bytes, RATE a second, to PORTS ports from FIRST-PORT on, in turn.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";

const [role, ...words] = process.argv.slice(2);
const socket = createSocket("udp4");

if (role === "answer") {
  socket.on("message", (message, { port, address }) => socket.send(message, port, address));
  socket.bind(Number(words[0]));
} else {
  const [address = "", ...numbers] = words;
  const [greeting = 0, firstPort = 0, ports = 1, count = 0, rate = 1] = numbers.map(Number);
  await greet(address, greeting);
  await send({ address, firstPort, ports, count, rate });
  socket.close();
}

async function greet(address: string, port: number): Promise<void> {
  const answered = once(socket, "message");
  const again = setInterval(() => socket.send("?", port, address), 20);
  await answered;
  clearInterval(again);
}

interface Sending {
  readonly address: string;
  readonly firstPort: number;
  readonly ports: number;
  readonly count: number;
  readonly rate: number;
}

/** In bursts of a millisecond: a timer has no finer one. */
async function send({ address, firstPort, ports, count, rate }: Sending): Promise<void> {
  const payload = Buffer.alloc(64);
  const startedMs = performance.now();
  let sent = 0;
  while (sent < count) {
    const due = Math.min(count, Math.ceil(((performance.now() - startedMs) * rate) / 1000));
    const burst: Promise<void>[] = [];
    for (; sent < due; sent++)
      burst.push(
        new Promise((resolve) =>
          socket.send(payload, firstPort + (sent % ports), address, () => resolve()),
        ),
      );
    await Promise.all(burst);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
