import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import type { WatchEvent } from "@antrea/kube";
import { kubeClient } from "@antrea/kube/io";
import { scriptedServer } from "@antrea/kube/testing";
import { type Flow, formatFlow } from "@antrea/openflow/flow";
import {
  addressGroupKind,
  appliedToGroupKind,
  bookmark,
  networkPolicyWire,
  type StreamName,
  streamNames,
} from "@antrea/policy/controlplane";
import { flowRealizer } from "../bridge/flow-realizer.ts";
import { localPod, member, policy } from "../testing/policies.ts";
import { policyRoom } from "./policy-room.ts";
import { policySource } from "./source.ts";
import { quietRoom } from "./testing/quiet-room.ts";

/**
 * An agent's policies and a controller that answers by HTTP as none should. The rule: a stream is
 * believed once it has said, by a bookmark with its number, that it has told all that there is. Whatever
 * else an answer says or leaves out, even with status 200, takes nothing away.
 */

const all: { readonly [K in StreamName]: readonly object[] } = {
  networkpolicies: [networkPolicyWire.encode(policy())],
  addressgroups: [
    addressGroupKind.encode({ name: "peers", members: [member("bad", ["10.9.9.9"])] }),
  ],
  appliedtogroups: [appliedToGroupKind.encode({ name: "targets", members: [member("web")] })],
  podreceipts: [],
};
const added = (object: object): WatchEvent => ({ type: "ADDED", object });
const whole = (name: StreamName): WatchEvent => ({
  type: "BOOKMARK",
  object: bookmark(name, "c.1", true),
});
const text = (events: readonly object[]) =>
  events.map((event) => `${JSON.stringify(event)}\n`).join("");

type Answer = (answer: ServerResponse, name: StreamName) => unknown;
const good: Answer = (answer, name) =>
  void answer.write(text([...all[name].map(added), whole(name)]));
const status = (code: number, reason: string) => ({
  kind: "Status",
  code,
  reason,
  message: reason,
});

const badDays: Readonly<Record<string, Answer>> = {
  "nothing, in order": (answer) => answer.end(),
  "an empty list": (answer) => answer.end(JSON.stringify({ kind: "NetworkPolicyList", items: [] })),
  "an empty list as one line": (answer) => answer.end('{"kind":"AddressGroupList","items":[]}\n'),
  "a cut within an event": (answer, name) =>
    answer.write(text([whole(name)]).slice(0, 30), () => answer.destroy()),
  "an end before all is told": (answer, name) =>
    answer.end(text([{ type: "BOOKMARK", object: bookmark(name, "c.1", false) }])),
  "410 as its status": (answer) =>
    answer.writeHead(410).end(JSON.stringify(status(410, "Expired"))),
  "410 as an event": (answer) =>
    answer.end(text([{ type: "ERROR", object: status(410, "Expired") }])),
  "404, as of an older controller": (answer) => answer.writeHead(404).end(),
  "503": (answer) => answer.writeHead(503).end(),
  "a change before what it changes": (answer, name) =>
    answer.end(text([...all[name].map((object) => ({ type: "MODIFIED", object })), whole(name)])),
  "what is gone before all is told": (answer, name) =>
    answer.end(text([{ type: "DELETED", object: { metadata: { name: "p1" } } }, whole(name)])),
  "a bookmark without a number": (answer, name) =>
    answer.end(text([{ type: "BOOKMARK", object: bookmark(name, "", true) }])),
};
const goodDays: Readonly<Record<string, Answer>> = {
  "all twice": (answer, name) =>
    answer.write(
      text([...all[name], ...all[name]].map(added).concat(whole(name), ...all[name].map(added))),
    ),
  "policies first, groups late": (answer, name) =>
    void (name === "networkpolicies" ? good(answer, name) : setTimeout(good, 50, answer, name)),
};

async function bench() {
  let script = good;
  await using undo = new AsyncDisposableStack();
  const server = undo.use(
    await scriptedServer(({ path }, answer) =>
      script(answer, path.split("/").at(-1) as StreamName),
    ),
  );
  const table = new Map<string, Flow>();
  const removed: string[] = [];
  const room = policyRoom({
    flows: flowRealizer({
      dumpFlows: async () => [...table.values()],
      async applyFlows({ add, modify, remove }) {
        for (const { key, value } of [...add, ...modify]) table.set(key, value);
        for (const { key, before } of remove) {
          removed.push(formatFlow(before));
          table.delete(key);
        }
      },
    }),
    ...quietRoom(clock),
    backOff: { delayMs: () => 10 },
  });
  const { state, receipts } = room;
  state.putPod(localPod("web", 5));
  const client = kubeClient(server.access, { log: silentLogger, clock, userAgent: "test" });
  undo.defer(() => client.close());
  const source = policySource({
    client,
    nodeName: "node-1",
    sinks: {
      networkpolicies: { ...state.networkPolicies, reached() {} },
      addressgroups: groupSink(state.addressGroups),
      appliedtogroups: groupSink(state.appliedToGroups),
      podreceipts: { replace: receipts.replace, put() {}, remove() {}, reached() {} },
    },
    onAbsent() {},
    backOff: { delayMs: () => 10 },
    clock,
    log: silentLogger,
  });
  const stop = new AbortController();
  const running = Promise.all([room.run(stop.signal), source.run(stop.signal)]);
  undo.defer(async () => {
    stop.abort();
    await running;
  });
  const kept = undo.move();
  return {
    table,
    removed,
    source,
    /** Cuts what is watched; from now on the controller answers so. */
    answerWith(next: Answer): void {
      script = next;
      server.server.closeAllConnections();
    },
    asked: () => server.seen.length,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function groupSink<T extends { patch(name: string, change: never): boolean }>(told: T) {
  return {
    ...told,
    reached() {},
    patch: ({ name, ...change }: { readonly name: string }) => told.patch(name, change as never),
  };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    if (isSo()) return;
    await sleep(5);
  }
  assert.fail(String(isSo));
}

test("policySource() takes nothing away by what is no whole stream, by whatever name", async (t) => {
  await using b = await bench();
  await until(() => b.source.isConnected && b.table.size > 0);
  const inForce = [...b.table.keys()].sort();
  for (const [name, day] of Object.entries(badDays)) {
    const before = b.asked();
    b.answerWith(day);
    await until(() => b.asked() >= before + 3 * streamNames.length);
    assert.deepEqual([...b.table.keys()].sort(), inForce, name);
    b.answerWith(good);
    await until(() => b.source.isConnected);
  }
  for (const day of Object.values(goodDays)) {
    const before = b.asked();
    b.answerWith(day);
    await until(() => b.asked() >= before + streamNames.length && b.source.isConnected);
  }
  assert.deepEqual([[...b.table.keys()].sort(), b.removed], [inForce, []]);
  t.diagnostic(`${b.asked()} answers`);
});

test("policySource() takes away what a whole stream tells no more", async () => {
  await using b = await bench();
  await until(() => b.source.isConnected && b.table.size > 0);
  b.answerWith((answer, name) => answer.write(text([whole(name)])));
  await until(() => b.table.size === 0);
});
