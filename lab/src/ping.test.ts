import assert from "node:assert/strict";
import { test } from "node:test";
import { attempt } from "./io/command.ts";
import { lostEchoes, noPing, parsePing, pingArgv } from "./ping.ts";

const answer = (sequence: number, ms = 0.1): string =>
  `64 bytes from 10.244.1.2: icmp_seq=${sequence} ttl=62 time=${ms} ms\n`;
const head = "PING 10.244.1.2 (10.244.1.2) 56(84) bytes of data.\n";

test("parsePing() counts the first echoes, and their mean", () => {
  const all = head + answer(1, 0.1) + answer(2, 0.2) + answer(3, 0.6);
  assert.deepEqual(parsePing(all), { sent: 3, received: 3, roundTripMs: 0.3 });
  // one was lost, and ping(8) sent more until as many had come back
  const more = head + answer(1) + answer(3) + answer(4);
  assert.equal(parsePing(more).received, 2);
});

test("parsePing() takes errors of routers and second answers for none, and silence for nothing sent", () => {
  const said =
    head + answer(1) + answer(1) + "From 172.30.1.1 icmp_seq=2 Destination Host Unreachable\n";
  assert.deepEqual(parsePing(said), { sent: 3, received: 1, roundTripMs: 0.1 });
  assert.deepEqual(parsePing(head), { sent: 3, received: 0, roundTripMs: undefined });
  assert.deepEqual(parsePing("error: unable to upgrade connection"), noPing);
});

test("lostEchoes() names what later answers overtook, and nothing that may still come", () => {
  assert.deepEqual(lostEchoes(head + answer(2) + answer(3) + answer(5)), [1, 4]);
  assert.deepEqual(lostEchoes(head), []);
});

test("pingArgv() is a command of the ping(8) that is here", async () => {
  const train = { count: 4, everyMs: 2, sizeBytes: 100, source: "127.0.0.1" };
  const { stdout } = await attempt(pingArgv("127.0.0.1", train));
  assert.match(stdout, /^PING .* 100\(128\) bytes of data/);
  assert.equal(parsePing(stdout, 4).received, 4);
});
