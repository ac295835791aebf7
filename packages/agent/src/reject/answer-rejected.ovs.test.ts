import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Flow } from "@antrea/openflow/flow";
import { compilePolicyRule, type PolicyFlowRule } from "@antrea/pipeline";
import {
  type FrameEnds,
  podNumber,
  policyNode,
  policyRule,
  type PolicySwitch,
  policySwitch,
  udpFrames,
} from "@antrea/pipeline/testing";
import { answerRejected } from "./answer-rejected.ts";

const [a, b] = [1, 2].map(podNumber) as [Pod, Pod];
type Pod = ReturnType<typeof podNumber>;
const { gateway } = policyNode;

let bridge: PolicySwitch;
let answered: (() => void) | undefined;
before(async () => {
  bridge = await policySwitch();
  bridge.connection.onPacketIn((packetIn) => {
    const answer = answerRejected(packetIn);
    if (answer) bridge.connection.packetOut(answer);
    answered?.();
  });
});
after(() => bridge?.[Symbol.asyncDispose]());

const reject = (choice: Partial<PolicyFlowRule>): readonly Flow[] =>
  compilePolicyRule(policyRule({ action: "Reject", ...choice }), { families: ["ipv4", "ipv6"] });
const addressOf = ({ addresses }: Pod, i: number) => addresses[i] as FrameEnds["src"];

/** Sends a packet that is rejected; gives the ports that something leaves by: the answer alone. */
async function rejected(from: Pod["ofPort"], ends: FrameEnds, sport: number) {
  const heard = Promise.withResolvers<void>();
  answered = () => heard.resolve();
  const before = await counts();
  await bridge.sendAll(from, udpFrames(ends, { srcPort: sport, dstPort: 53, bytes: 10 }));
  await heard.promise;
  const barrier = await bridge.connection.dumpFlows({ table: 0 });
  assert.ok(barrier.length > 0);
  const after = await counts();
  return [...after].filter(([port, n]) => n !== before.get(port)).map(([port]) => port);
}

async function counts(): Promise<ReadonlyMap<number, number>> {
  const text = await bridge.ovs.ofctl("dump-ports", "br-int");
  return new Map(
    [...text.matchAll(/port\s+"?p?(\d+)"?: rx.*\n\s+tx pkts=(\d+)/g)].map(([, port, n]) => [
      Number(port),
      Number(n),
    ]),
  );
}

test("an answer goes back to the Pod that was rejected, where it sends and where it is sent to", async () => {
  for (const i of [0, 1]) {
    const ends = { srcMac: a.mac, dstMac: gateway.mac, src: addressOf(a, i), dst: addressOf(b, i) };
    await bridge.hold(reject({ direction: "In", appliedTo: [b] }));
    assert.deepEqual(await rejected(a.ofPort, ends, 2000 + i), [a.ofPort]);
    await bridge.hold(reject({ direction: "Out", appliedTo: [a] }));
    assert.deepEqual(await rejected(a.ofPort, ends, 3000 + i), [a.ofPort]);
  }
});

test("an answer goes back through the host to what came through it", async () => {
  await bridge.hold(reject({ direction: "In", appliedTo: [b] }));
  const ends = { srcMac: gateway.mac, dstMac: b.mac, src: addressOf(a, 0), dst: addressOf(b, 0) };
  assert.deepEqual(await rejected(gateway.ofPort, ends, 4000), [gateway.ofPort]);
});
