import assert from "node:assert/strict";
import { test } from "node:test";
import { cidr } from "@antrea/pipeline/testing";
import { hostPlan } from "../testing/host-plan.ts";
import { compileHost } from "./desired-host.ts";

test("compileHost() does not translate what the host sends to Pods of other Nodes", () => {
  const { nftTables = [] } = compileHost(hostPlan({ isUplinkShared: false }), [
    cidr("10.244.2.0/24"),
  ]);
  const [table] = [...nftTables];
  assert.deepEqual(
    table?.sets?.map(({ elements }) => elements),
    [["10.244.2.0/24"]],
  );
  const [rule] = table?.chains.find(({ name }) => name === "postrouting")?.rules ?? [];
  assert.deepEqual(rule?.match?.at(-1), {
    kind: "destination",
    family: "ipv4",
    address: "@direct_pod_cidrs",
    isNegated: true,
  });
});

test("compileHost() translates nothing of Pods with noSNAT", () => {
  const { nftTables = [] } = compileHost(hostPlan({ masquerade: false }), []);
  const rules = [...nftTables].flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
  assert.ok(!rules.some(({ comment }) => comment?.startsWith("Pods of ")));
});
