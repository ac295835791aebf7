import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type PolicySwitch, policySwitch } from "@antrea/pipeline/testing";
import { policyComputation } from "@antrea/policy";
import {
  type Probe,
  type Situation,
  situationCluster,
  situations,
  tellChange,
} from "@antrea/policy/reference/testing";
import type { LocalPod } from "./local-pods.ts";
import { packetText, slots } from "./testing/packet-text.ts";
import { rulesOfNode } from "./testing/rules-of-node.ts";

let bridge: PolicySwitch;
before(async () => {
  bridge = await policySwitch();
});
after(() => bridge?.[Symbol.asyncDispose]());

type House = Probe["from"];
/** There are three ports: red has one, and the others take turns. */
const casts: readonly (readonly House[])[] = [
  ["red", "green", "blue"],
  ["red", "yellow"],
];

/** The switch with the flows of the situation, and who of the cast is at which port. */
async function play(situation: Situation, cast: readonly House[]) {
  const at = new Map(cast.map((house, i) => [house, slots[i] ?? assert.fail()]));
  const addresses = Object.fromEntries(
    [...at].map(
      ([
        house,
        {
          addresses: [v4],
        },
      ]) => [house, v4],
    ),
  );
  const computation = policyComputation();
  const rules = rulesOfNode("n1");
  computation.update((update) => tellChange(update, situationCluster(situation, addresses)));
  const pods = [...at].map(
    ([
      house,
      {
        ofPort,
        addresses: [v4],
      },
    ]): LocalPod => {
      const known = { hostName: house, namespace: house, name: house };
      return { ...known, ofPort, addresses: v4 ? [v4] : [] };
    },
  );
  rules.follow(computation, pods);
  await bridge.hold(rules.flows());
  return at;
}

let lastPort = 20_000;
/** Sends what a Pod sends first in a connection, of a source port that no other has. */
async function arrives(probe: Probe, at: Awaited<ReturnType<typeof play>>): Promise<boolean> {
  const [from, to] = [at.get(probe.from), at.get(probe.to)];
  assert.ok(from?.addresses[0] && to?.addresses[0]);
  const { protocol, port: destinationPort } = probe;
  const traffic = { protocol, sourcePort: ++lastPort, destinationPort };
  const packet = { source: from.addresses[0], destination: to.addresses[0], traffic };
  const left = await bridge.send(from.ofPort, packetText(packet) ?? assert.fail());
  assert.ok(left.every((port) => port === to.ofPort));
  return left.length > 0;
}

for (const situation of situations)
  test(`packets: ${situation.title}`, async () => {
    for (const cast of casts) {
      const probes = situation.probes.filter(
        ({ from, to }) => cast.includes(from) && cast.includes(to),
      );
      if (probes.length === 0) continue;
      const at = await play(situation, cast);
      for (const probe of probes)
        assert.equal(
          await arrives(probe, at),
          probe.isDelivered,
          `${probe.from}>${probe.to} ${probe.protocol}:${probe.port}`,
        );
    }
  });
