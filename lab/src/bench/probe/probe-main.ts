/**
 * Runs in a Pod's network namespace and tells when new connections begin or cease to come through.
 * `probe-main.ts echo` answers every datagram. `probe-main.ts probe ADDRESS` reads lines from its
 * standard input, `blocked` or `passing`, and sends a datagram of a connection of its own each
 * millisecond until that is so. It prints `probing` once it knows the contrary, and then the moment
 * (see `becameSo`) by the monotonic clock, in nanoseconds.
 */
import { createSocket } from "node:dgram";
import { createInterface } from "node:readline";
import { becameSo, type Passage, type Probe } from "./verdicts.ts";

/** Source and destination ports make each probe a connection that conntrack has not seen for a quarter of an hour. */
const firstPort = 7000;
const ports = 16;
const firstSource = 20_000;
const sources = 40_000;

const [role, address = ""] = process.argv.slice(2);
if (role === "echo") echo();
else await answerLines();

function echo(): void {
  for (let i = 0; i < ports; i++) {
    const socket = createSocket("udp4");
    socket.on("message", (message, from) => socket.send(message, from.port, from.address));
    socket.bind(firstPort + i);
  }
}

async function answerLines(): Promise<void> {
  let count = 0;

  function send(probe: Probe): void {
    const source = firstSource + (count % sources);
    const port = firstPort + (Math.floor(count / sources) % ports);
    count += 1;
    const socket = createSocket("udp4");
    const end = setTimeout(() => socket.close(), 300);
    socket.on("error", () => {}); // an answer of ICMP is no answer
    socket.on("message", () => {
      probe.isAnswered = true;
      clearTimeout(end);
      socket.close();
    });
    socket.bind(source, () => {
      probe.sentNs = process.hrtime.bigint();
      socket.send("?", port, address);
    });
  }

  function until(wanted: Passage): Promise<bigint> {
    const probes: Probe[] = [];
    let isTold = false;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const nowNs = process.hrtime.bigint();
        const contrary = wanted === "blocked" ? "passing" : "blocked";
        if (!isTold && becameSo(contrary, probes, nowNs) !== undefined) {
          isTold = true;
          console.log("probing");
        }
        const at = isTold ? becameSo(wanted, probes, nowNs) : undefined;
        if (at !== undefined) {
          clearInterval(timer);
          resolve(at);
          return;
        }
        const probe: Probe = { sentNs: nowNs, isAnswered: false };
        probes.push(probe);
        send(probe);
      }, 1);
    });
  }

  for await (const line of createInterface({ input: process.stdin }))
    if (line === "blocked" || line === "passing") console.log(String(await until(line)));
}
