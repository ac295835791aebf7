/**
 * Sends datagrams as fast as a timer lets it, from the network namespace that it is started in, whether
 * or not that has a network yet. Each line of the standard input is a list of addresses in JSON, whom to
 * send to from then on; after each it prints how many datagrams the kernel has taken so far.
 */
import { createSocket } from "node:dgram";
import { createInterface } from "node:readline";

/** At each tick, to each address; and how many milliseconds a tick is. */
const [perTick = 0, tickMs = 0] = process.argv.slice(2).map(Number);
/** Nobody listens on its port. */
const discard = 9;

let targets: readonly string[] = [];
let sent = 0;
const socket = createSocket("udp4");
socket.bind(() => {
  setInterval(() => {
    for (const address of targets)
      for (let i = 0; i < perTick; i++)
        socket.send("?", discard, address, (error) => {
          if (!error) sent += 1;
        });
  }, tickMs);
});
for await (const line of createInterface({ input: process.stdin })) {
  targets = JSON.parse(line) as readonly string[];
  console.log(String(sent));
}
process.exit(0);
