import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Direction } from "../model.ts";
import { policyComputation } from "../computation/computation.ts";
import { evaluate } from "./evaluate.ts";
import type { Packet } from "./packet.ts";
import {
  arbitraryCluster,
  arbitraryTraffics,
  interpret,
  packetsOf,
  search,
  tellChange,
  type ToldCluster,
} from "./testing/index.ts";
import type { Decision } from "./verdict.ts";

/** What the two say of a packet where they differ; undefined where they agree, or where nothing orders two rules. */
function difference(
  computed: Parameters<typeof interpret>[0],
  cluster: ToldCluster,
  packet: Packet,
): string | undefined {
  const verdict = evaluate(cluster, packet);
  const wrong = (direction: Direction, said: Decision): string | undefined => {
    if (said.tied.length > 0) return undefined;
    const outcome = interpret(computed, cluster, packet, direction);
    return outcome.action === said.action
      ? undefined
      : `${direction}: ${said.action} by ${JSON.stringify(said.by)}, computed ${outcome.action} by ${outcome.by}`;
  };
  return wrong("Out", verdict.egress) ?? wrong("In", verdict.ingress);
}

test("policyComputation() means what the specifications say, after every change of the cluster", (t) => {
  const clusters = fc.array(arbitraryCluster, { minLength: 1, maxLength: 3 });
  search(
    t,
    fc.property(clusters, arbitraryTraffics, (all, kinds) => {
      const computation = policyComputation();
      let before: ToldCluster | undefined;
      for (const cluster of all) {
        computation.update((update) => tellChange(update, cluster, before));
        before = cluster;
        for (const packet of packetsOf(cluster, kinds))
          assert.equal(difference(computation, cluster, packet), undefined, JSON.stringify(packet));
      }
    }),
    100,
  );
});
