import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type KeyedChange } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { OpenFlowError } from "@antrea/openflow";
import { type Flow, flowKey, formatFlow } from "@antrea/openflow/flow";
import { tableNames } from "@antrea/pipeline";
import type { Mark } from "@antrea/policy";
import { flowRealizer } from "../bridge/flow-realizer.ts";
import { isolation, localPod, member, policy, rule } from "../testing/policies.ts";
import { policyRoom } from "./policy-room.ts";
import { policyStreams } from "./receipts.ts";
import { quietRoom } from "./testing/quiet-room.ts";

/** A room on a table of flows that may refuse bundles. */
function bench({ refuses }: { readonly refuses?: (flow: Flow) => boolean } = {}) {
  const table = new Map<string, Flow>();
  const bundles: KeyedChange<string, Flow>[] = [];
  const clock = manualClock();
  let isHeld: Promise<void> | undefined;
  const told: string[] = [];
  const took: number[] = [];
  const room = policyRoom({
    flows: flowRealizer({
      dumpFlows: async () => [...table.values()],
      async applyFlows(change) {
        await isHeld;
        const bad = [...change.add, ...change.modify].find(({ value }) => refuses?.(value));
        if (bad) throw refusalOf(bad.value);
        bundles.push(change);
        for (const { key, value } of [...change.add, ...change.modify]) table.set(key, value);
        for (const { key } of change.remove) table.delete(key);
      },
    }),
    ...quietRoom(clock),
    onChange: (uid) => told.push(uid),
    onConfirmed: (tookMs) => took.push(tookMs),
  });
  const stop = new AbortController();
  const running = room.run(stop.signal);
  const { state } = room;
  return {
    room,
    state,
    table,
    bundles,
    clock,
    told,
    took,
    tables: () =>
      [...new Set([...table.values()].map(({ table }) => String(tableNames.get(table))))].sort(),
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      isHeld = promise;
      return resolve;
    },
    tellGroups() {
      state.appliedToGroups.put({ name: "targets", members: [member("web")] });
      state.addressGroups.put({ name: "peers", members: [member("bad", ["10.244.2.9"])] });
    },
    reached(mark: Mark) {
      for (const stream of policyStreams) room.receipts.reached(stream, mark);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

function refusalOf(flow: Flow): OpenFlowError {
  const refusal = { error: "OFPBAC_BAD_TYPE", request: formatFlow(flow), flow };
  return new OpenFlowError({ code: "refused", refusals: [refusal] });
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}
const { signal } = new AbortController();
const mark = { counter: "c", count: 1 };
const receipt = { uid: "u1", pod: { namespace: "shop", name: "web" } };

test("policyRoom() sends all rules of one event in one bundle, and tells when they are confirmed", async () => {
  await using b = bench();
  b.state.putPod(localPod("web", 5));
  b.tellGroups();
  b.state.networkPolicies.replace([
    policy(),
    isolation({ uid: "p2", rules: [rule({ action: "Allow", priority: -1 })] }),
  ]);
  assert.equal(b.room.realizations.get("p1")?.generation, undefined);
  b.clock.advance(7);
  await settle();
  assert.equal(b.bundles.length, 1);
  assert.deepEqual(b.tables(), [
    "AntreaPolicyIngressRule",
    "IngressDefaultRule",
    "IngressMetric",
    "IngressRule",
  ]);
  assert.equal(b.room.realizations.get("p1")?.generation, 1);
  assert.deepEqual(b.took, [7, 7]);
  assert.deepEqual(b.room.counts(), { count: 2, ingressRules: 2, egressRules: 0 });
});

test("policyRoom() takes all flows of a policy away that is gone", async () => {
  await using b = bench();
  b.state.putPod(localPod("web", 5));
  b.tellGroups();
  b.state.networkPolicies.put(policy());
  await settle();
  assert.notEqual(b.table.size, 0);
  b.state.networkPolicies.remove("p1");
  await settle();
  assert.equal(b.table.size, 0);
  assert.equal(b.room.realizations.get("p1"), undefined);
});

test("policyRoom() moves rules that make room for each other in one bundle, whatever is under way", async () => {
  await using b = bench();
  b.state.putPod(localPod("web", 5));
  b.tellGroups();
  b.state.networkPolicies.put(policy({ uid: "a", priority: 5 }));
  await settle();
  const go = b.hold();
  b.state.networkPolicies.put(policy({ uid: "b", priority: 5.001 }));
  await settle();
  b.state.networkPolicies.put(policy({ uid: "c", priority: 5.0005 })); // b is under way and has to move
  await settle();
  go();
  await settle();
  assert.equal(b.bundles.length, 3);
  const deciding = [...b.table.values()].filter(
    (flow) =>
      tableNames.get(flow.table) === "AntreaPolicyIngressRule" && /conj_id/.test(formatFlow(flow)),
  );
  assert.equal(new Set(deciding.map(({ priority }) => priority)).size, 3);
});

test("policyRoom() tells why the switch refuses a policy, tries again, and takes it back", async () => {
  let isFull = true;
  await using b = bench({ refuses: () => isFull });
  b.state.putPod(localPod("web", 5));
  b.tellGroups();
  b.state.networkPolicies.put(policy());
  await settle();
  assert.match(b.room.realizations.get("p1")?.failure ?? "", /refused/);
  assert.equal(b.room.realizations.get("p1")?.generation, undefined);
  isFull = false;
  b.clock.advance(100);
  await settle();
  const { failure, generation } = b.room.realizations.get("p1") ?? {};
  assert.deepEqual([failure, generation], [undefined, 1]);
});

test("policyRoom() does not hold up the rules of one policy for a refused one of another", async () => {
  await using b = bench({ refuses: (flow) => /nw_src=10\.244\.2\.66/.test(formatFlow(flow)) });
  b.state.putPod(localPod("web", 5));
  b.tellGroups();
  b.state.addressGroups.put({ name: "evil", members: [member("evil", ["10.244.2.66"])] });
  b.state.networkPolicies.replace([
    policy({ uid: "bad", rules: [rule({ peer: { addressGroups: ["evil"], ipBlocks: [] } })] }),
    policy({ uid: "good" }),
  ]);
  await settle();
  assert.equal(b.room.realizations.get("good")?.generation, 1);
  assert.notEqual(b.room.realizations.get("bad")?.failure, undefined);
});

test("policyRoom() tells of rules for the Node that its feature gate is off, and does not try again", async () => {
  await using at = bench();
  at.state.addressGroups.put({ name: "peers", members: [member("bad", ["10.244.2.9"])] });
  at.state.appliedToGroups.put({ name: "targets", members: [{ node: "n", ips: [], ports: [] }] });
  at.state.networkPolicies.put(policy());
  await settle();
  assert.match(at.room.realizations.get("p1")?.failure ?? "", /NodeNetworkPolicy is off/);
  const told = at.told.length;
  at.clock.advance(10_000);
  await settle();
  assert.equal(at.told.length, told);
  at.state.networkPolicies.remove("p1");
  await settle();
  assert.equal(at.room.realizations.get("p1"), undefined);
});

test("policyRoom().admit() waits for the receipt, the marks, the groups and the switch", async () => {
  await using b = bench();
  let isAdmitted = false;
  const web = localPod("web", 5);
  const admitting = b.room.admit(web, { uid: "u1", signal }).then(() => (isAdmitted = true));
  const waits = async (why: RegExp): Promise<void> => {
    await settle();
    assert.equal(isAdmitted, false);
    assert.match(b.room.holdup(web, "u1") ?? "", why);
  };
  await waits(/has not told of this Pod/);
  b.room.receipts.put(receipt, mark);
  await waits(/networkPolicies/);
  b.state.appliedToGroups.put({ name: "targets", members: [member("web")] });
  b.state.networkPolicies.put(policy());
  b.reached(mark);
  await waits(/not told of all groups of AntreaClusterNetworkPolicy policy-p1/);
  const go = b.hold();
  b.state.addressGroups.put({ name: "peers", members: [member("bad", ["10.244.2.9"])] });
  await settle();
  assert.equal(isAdmitted, false, "the switch has not answered");
  go();
  await admitting;
  assert.ok(b.table.size > 0);
});

test("policyRoom().admit() does not wait for a Pod of which all has been told and that no policy has", async () => {
  await using b = bench();
  b.room.receipts.put(receipt, mark);
  b.reached(mark);
  const go = b.hold();
  await b.room.admit(localPod("web", 5), { uid: "u1", signal });
  assert.equal(b.bundles.length, 0);
  go();
});

test("policyRoom().admit() fails with its signal and says what it waited for", async () => {
  await using b = bench({ refuses: () => true });
  b.room.receipts.put(receipt, mark);
  b.reached(mark);
  b.tellGroups();
  b.state.networkPolicies.put(policy());
  const web = localPod("web", 5);
  const stop = new AbortController();
  const admitting = b.room.admit(web, { uid: "u1", signal: stop.signal });
  await settle();
  stop.abort(new Error("10 s are over"));
  await assert.rejects(admitting, /10 s are over/);
  assert.match(
    b.room.holdup(web, "u1") ?? "",
    /the switch refuses a rule: The switch refused with OFPBAC_BAD_TYPE/,
  );
});

test("policyRoom().dismiss() resolves when no flow speaks of the port any more", async () => {
  await using b = bench();
  b.state.putPod(localPod("web", 5));
  b.state.putPod({ ...localPod("web", 6), hostName: "web-next" });
  b.tellGroups();
  b.state.networkPolicies.put(policy());
  await settle();
  const ports = () =>
    [...b.table.values()].map((flow) => formatFlow(flow)).filter((text) => /reg1=0x5\b/.test(text));
  assert.equal(ports().length, 1);
  await b.room.dismiss("web-veth", { signal });
  assert.equal(ports().length, 0);
});

test("policyRoom() sends nothing where all is told once more", async () => {
  await using b = bench();
  const pods = [localPod("web", 5)];
  for (const pod of pods) b.state.putPod(pod);
  b.tellGroups();
  b.state.networkPolicies.put(policy());
  await settle();
  b.bundles.length = 0;
  b.state.appliedToGroups.replace([{ name: "targets", members: [member("web")] }]);
  b.state.addressGroups.replace([{ name: "peers", members: [member("bad", ["10.244.2.9"])] }]);
  b.state.networkPolicies.replace([policy()]);
  await settle();
  assert.equal(b.bundles.length, 0);
});

test("policyRoom() finds the flows of the agent before it, and changes none of them", async () => {
  await using first = bench();
  const tell = ({ state, tellGroups }: typeof first, uids: readonly string[]): void => {
    state.putPod(localPod("web", 5));
    tellGroups();
    state.networkPolicies.replace(uids.map((uid, i) => policy({ uid, priority: 5 + i / 1000 })));
  };
  tell(first, ["a", "b", "c"]);
  await settle();
  await using second = bench();
  for (const flow of first.table.values()) second.table.set(flowKey(flow), flow);
  tell(second, ["a", "b", "c"]);
  await settle();
  assert.equal(second.bundles.length, 0);
});

test("policyRoom() foretells the bundle that a change will be, flow by flow, and does nothing", async () => {
  await using b = bench();
  b.state.putPod(localPod("web", 5));
  b.tellGroups();
  b.state.networkPolicies.replace([
    policy({ uid: "stays" }),
    policy({ uid: "goes", priority: 7 }),
    policy({ uid: "changes", priority: 6, rules: [rule(), rule({ priority: 1 })] }),
  ]);
  await settle();
  const nothing = { put: [], removed: [] };
  const more = { name: "more", members: [member("new", ["10.244.3.1"])] };
  const peer = { addressGroups: ["peers", "more"], ipBlocks: [] };
  const put = [
    policy({ uid: "comes", priority: 5.5, rules: [rule({ peer, action: "Allow" })] }),
    policy({ uid: "changes", generation: 2, priority: 4 }),
  ];
  const change = {
    networkPolicies: { put, removed: ["goes"] },
    addressGroups: { put: [more], removed: [] },
    appliedToGroups: nothing,
  };
  const { flows, crowded, waiting } = b.room.preview(change, [localPod("web", 5)]);
  assert.deepEqual([crowded, waiting], [[], []]);
  await settle();
  assert.equal(b.bundles.length, 1);

  b.state.addressGroups.put(more);
  for (const one of put) b.state.networkPolicies.put(one);
  b.state.networkPolicies.remove("goes");
  await settle();
  assert.equal(b.bundles.length, 2);
  assert.deepEqual(inOrder(flows), inOrder(b.bundles[1] as typeof flows));
});

function inOrder({ add, modify, remove }: KeyedChange<string, Flow>) {
  const byKey = (a: { readonly key: string }, b: { readonly key: string }) =>
    a.key < b.key ? -1 : 1;
  return {
    add: add.toSorted(byKey),
    modify: modify.toSorted(byKey),
    remove: remove.toSorted(byKey),
  };
}
