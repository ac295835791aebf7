import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Cluster } from "./cluster.ts";
import { evaluate } from "./evaluate.ts";
import { endpointAt, type Packet, type Traffic } from "./packet.ts";
import { arbitraryCluster, arbitraryTraffics, packetsOf } from "./testing/index.ts";
import type { Verdict } from "./verdict.ts";

const laws = (law: (cluster: Cluster, kinds: readonly Traffic[]) => void): void =>
  fc.assert(fc.property(arbitraryCluster, arbitraryTraffics, law), { numRuns: 50 });
const all = (cluster: Cluster, packets: readonly Packet[]): readonly Verdict[] =>
  packets.map((packet) => evaluate(cluster, packet));
const actions = (verdicts: readonly Verdict[]) =>
  verdicts.map(({ egress, ingress }) =>
    egress.tied.length + ingress.tied.length > 0 ? "tied" : `${egress.action} ${ingress.action}`,
  );

test("evaluate(): the order in which objects were made says nothing", () => {
  laws((cluster, kinds) => {
    const { pods, groups, policies } = cluster;
    const reversed = {
      ...cluster,
      pods: pods.toReversed(),
      groups: groups.toReversed(),
      policies: policies.toReversed(),
    };
    const packets = packetsOf(cluster, kinds);
    assert.deepEqual(actions(all(reversed, packets)), actions(all(cluster, packets)));
  });
});

test("evaluate(): without policies everything passes", () => {
  laws((cluster, kinds) => {
    const open = { ...cluster, policies: [] };
    assert.ok(all(open, packetsOf(open, kinds)).every(({ isDelivered }) => isDelivered));
  });
});

test("evaluate(): a policy of one Namespace changes nothing for the Pods of another", () => {
  laws((cluster, kinds) => {
    const without = {
      ...cluster,
      policies: cluster.policies.filter(({ namespace }) => namespace !== "a"),
    };
    for (const packet of packetsOf(cluster, kinds)) {
      const [before, after] = [evaluate(without, packet), evaluate(cluster, packet)];
      const isOfA = (end: Packet["source"]): boolean =>
        endpointAt(cluster, end).pod?.namespace === "a";
      if (!isOfA(packet.source)) assert.equal(after.egress.action, before.egress.action);
      if (!isOfA(packet.destination)) assert.equal(after.ingress.action, before.ingress.action);
    }
  });
});

test("evaluate(): clusters at random are decided in every way there is", () => {
  const sample = fc.sample(fc.tuple(arbitraryCluster, arbitraryTraffics), {
    numRuns: 200,
    seed: 6,
  });
  const decisions = sample
    .flatMap(([cluster, kinds]) => all(cluster, packetsOf(cluster, kinds)))
    .flatMap(({ egress, ingress }) => [egress, ingress]);
  const ways = Map.groupBy(decisions, ({ action, by, passedOnBy }) =>
    by.kind === "rule" ? `${by.rule.kind} ${action}` : passedOnBy ? `passed, ${by.kind}` : by.kind,
  );
  const rare = [...ways].filter(([, { length }]) => length < 3).map(([way]) => way);
  assert.deepEqual({ ways: ways.size, rare }, { ways: 20, rare: [] });
});
