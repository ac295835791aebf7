import assert from "node:assert/strict";
import { test } from "node:test";
import { comparedModes, parseIperfText, planModes, summarizeModes } from "./modes.ts";
import { randomFrom } from "./statistics.ts";
import { modesOptions, modesRun } from "./testing/modes-run.ts";

const said = (rate: string) => `Connecting to host 10.244.1.3, port 5201
[ ID] Interval           Transfer     Bitrate         Retr
[  5]   0.00-2.00   sec   102 MBytes   428 Mbits/sec  11512             sender
[  5]   0.00-2.00   sec   101 MBytes   ${rate}                  receiver

iperf Done.
`;

test("parseIperfText() reads what the receiver counted, in any unit, and what was sent again", () => {
  assert.deepEqual(parseIperfText(said("422 Mbits/sec")), { mbps: 422, retransmissions: 11512 });
  assert.equal(parseIperfText(said("1.21 Gbits/sec")).mbps, 1210);
  assert.equal(parseIperfText(said("512 Kbits/sec")).mbps, 0.512);
  assert.throws(() => parseIperfText("iperf3: error - unable to connect"), /unable to connect/);
});

test("planModes() measures each mode once a round, in an order of its own", () => {
  const visits = planModes(8, randomFrom(1));
  const orders = [0, 1, 2, 3, 4, 5, 6, 7].map((round) =>
    visits.filter((visit) => visit.round === round).map(({ mode }) => mode),
  );
  for (const order of orders) assert.deepEqual(order.toSorted(), comparedModes.toSorted());
  assert.ok(new Set(orders.map((order) => order.join())).size > 1);
});

const run = modesRun({
  options: { ...modesOptions, rounds: 2 },
  samples: [
    { round: 0, mode: "tunnel", result: { mbps: 400, retransmissions: 5 } },
    { round: 0, mode: "hybrid", result: { mbps: 500, retransmissions: 7 } },
    { round: 0, mode: "noEncap", problem: "<refused>" },
    { round: 1, mode: "noEncap", result: { mbps: 900, retransmissions: 0 } },
  ],
});

test("summarizeModes() compares within a round only, and tells what could not be measured", () => {
  const [tunnel, hybrid, noEncap] = summarizeModes(run.samples);
  assert.equal(tunnel?.ratio, undefined);
  assert.equal(hybrid?.ratio?.median, 1.25);
  assert.equal(noEncap?.ratio, undefined);
  assert.equal(noEncap?.mbps?.median, 900);
  assert.equal(noEncap?.problem, "<refused>");
});
