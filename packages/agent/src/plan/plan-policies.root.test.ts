import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock as clock } from "@antrea/base/io";
import { type TestNamespace, testPair } from "@antrea/linux/testing";
import type { NetworkPolicy } from "@antrea/policy";
import { encodeShareChange, type ShareChange } from "@antrea/policy/controlplane";
import { searchAsync } from "@antrea/policy/reference/testing";
import fc from "fast-check";
import { flowRealizer } from "../bridge/flow-realizer.ts";
import { nodeGuard } from "../policy/node/node-guard.ts";
import { policyRoom } from "../policy/policy-room.ts";
import { hostIn } from "../policy/testing/host-in.ts";
import { lifelines } from "../policy/testing/node-rules.ts";
import { quietRoom } from "../policy/testing/quiet-room.ts";
import { block, policy, rule } from "../testing/policies.ts";
import { planPolicies } from "./plan-policies.ts";

/** A Node that guards itself in a network namespace of its own. */
async function world() {
  const pair = testPair();
  const writer = await hostIn(pair.a);
  const room = policyRoom({
    ...quietRoom(clock),
    flows: flowRealizer({ dumpFlows: async () => [], async applyFlows() {} }),
    guard: nodeGuard(writer, () => lifelines),
  });
  room.state.appliedToGroups.put({ name: "here", members: [{ node: "n", ips: [], ports: [] }] });
  return { room, listing: () => entriesOf(pair.a), [Symbol.dispose]: () => pair[Symbol.dispose]() };
}

/** What the kernel has of the table, in the lines of a plan: of rules only their comments. */
function entriesOf(ns: TestNamespace): readonly string[] {
  const listed = ns.run("nft", "list", "ruleset").split("table inet antrea-node-policy {\n")[1];
  if (listed === undefined) return [];
  const blocks = listed.matchAll(/^\t(chain|set) (\S+) \{\n(.*?)^\t\}/gms);
  const parts = [...blocks].flatMap(([, kind = "", name = "", text = ""]) => {
    const comments = text.matchAll(/comment "([^"]*)"/g);
    const elements = /elements = \{([^}]*)\}/.exec(text)?.[1]?.split(",") ?? [];
    return [
      `${kind} ${name}`,
      ...Array.from(comments, ([, comment]) => `rule ${name} ${comment}`),
      ...elements.map((element) => `element ${name} ${element.trim()}`),
    ];
  });
  return ["table inet antrea-node-policy", ...parts];
}

/** A line of a plan as `entriesOf` has it. */
function entryOf(line: string): string {
  const [, , kind = "", name = ""] = line.replace(":", "").split(" ");
  const comment = /comment "(.*)"$/.exec(line)?.[1];
  if (comment !== undefined) return `rule ${name} ${comment}`;
  return kind === "table" || kind === "element" ? line.slice("+ nft ".length) : `${kind} ${name}`;
}

/** Chains whose rules stand in another order. */
function shuffledChains(before: readonly string[], after: readonly string[]): readonly string[] {
  const of = (entries: readonly string[], chain: string) =>
    entries.filter((entry) => entry.startsWith(`rule ${chain} `)).join("\n");
  const chains = after.filter((entry) => entry.startsWith("chain "));
  return chains.filter((entry) => {
    const name = entry.slice("chain ".length);
    return of(before, name) !== of(after, name);
  });
}

const services: NetworkPolicy["rules"][number]["services"][number][] = [
  { protocol: "TCP", port: 80 },
  { protocol: "UDP", port: 53, endPort: 60 },
  { protocol: "ICMP", icmpType: 8 },
];
const blocks = [
  block("192.0.2.0/24"),
  block("10.0.0.0/8", "10.1.0.0/16"),
  block("2001:db8::/32"),
  block("198.51.100.7/32"),
];

const arbitraryRule = fc
  .record({
    direction: fc.constantFrom("In" as const, "Out" as const),
    action: fc.constantFrom("Allow" as const, "Drop" as const, "Reject" as const, "Pass" as const),
    services: fc.subarray(services),
    ipBlocks: fc.subarray(blocks, { minLength: 1 }),
  })
  .map(({ ipBlocks, ...some }) => rule({ ...some, peer: { addressGroups: [], ipBlocks } }));

/** Few names, so that policies of two shares are often the same ones changed. */
const arbitraryPolicies = fc.uniqueArray(
  fc
    .record({
      uid: fc.constantFrom("p1", "p2", "p3"),
      tierPriority: fc.constantFrom(50, 250, 253),
      priority: fc.constantFrom(1, 5, 9),
      rules: fc.array(arbitraryRule, { minLength: 1, maxLength: 3 }),
    })
    .map(({ rules, ...some }) =>
      policy({
        ...some,
        appliedToGroups: ["here"],
        rules: rules.map((one, priority) => ({ ...one, priority })),
      }),
    ),
  { selector: ({ uid }) => uid, maxLength: 3 },
);

function changeOf(before: readonly NetworkPolicy[], after: readonly NetworkPolicy[]): ShareChange {
  const nothing = { put: [], removed: [] };
  const stays = new Set(after.map(({ uid }) => uid));
  const removed = before.map(({ uid }) => uid).filter((uid) => !stays.has(uid));
  return {
    ...{ networkPolicies: { put: after, removed } },
    ...{ addressGroups: nothing, appliedToGroups: nothing },
  };
}

test("planPolicies() foretells the table that the kernel has once policies for the Node are in force", async (t) => {
  using at = await world();
  const { room } = at;
  let now: readonly NetworkPolicy[] = [];
  let lineCount = 0;
  await searchAsync(
    t,
    fc.asyncProperty(arbitraryPolicies, async (wanted) => {
      const before = at.listing();
      const { host, problems } = planPolicies(room, encodeShareChange(changeOf(now, wanted)), []);
      assert.deepEqual(problems, []);
      assert.deepEqual(at.listing(), before, "a plan changes nothing");

      room.state.networkPolicies.replace(wanted);
      await room.settle();
      now = wanted;
      const after = at.listing();
      const planned = (sign: string) => host.filter((line) => line.startsWith(sign)).map(entryOf);
      const [come, gone] = [planned("+"), planned("-")].map((some) => new Set(some));
      const stay = before.filter((entry) => !gone?.has(entry));
      assert.deepEqual([...stay, ...(come ?? [])].sort(), [...after].sort());
      const isKept = new Set(stay);
      const kept = after.filter((entry) => isKept.has(entry));
      assert.deepEqual(planned("~"), shuffledChains(stay, kept));
      lineCount += host.length;
    }),
    30,
  );
  t.diagnostic(`${lineCount} lines foretold`);
  assert.ok(lineCount > 0);
});
