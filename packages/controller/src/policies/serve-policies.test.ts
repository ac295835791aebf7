import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { exponentialBackOff, silentLogger, untilAborted } from "@antrea/base";
import type { AnswerStream } from "@antrea/base/io/https-server";
import { manualClock } from "@antrea/base/testing";
import type { KubeClient } from "@antrea/kube";
import { bookmark } from "@antrea/policy/controlplane";
import { type PolicyShare, policyServing } from "./serve-policies.ts";

/** Somebody who watches. */
function watcher() {
  const gone = new AbortController();
  const out: AnswerStream = {
    ...{ write() {}, bufferedBytes: 0, end() {}, signal: gone.signal },
    cut: () => gone.abort(),
  };
  return { out, wantsBookmarks: false, isCut: () => gone.signal.aborted };
}

/** Serving of a cluster without any object, and how often it was asked for each kind. */
function begin() {
  const asked = new Map<string, number>();
  const client = {
    async *watch({ plural }: { plural: string }, _: unknown, { signal }: { signal: AbortSignal }) {
      asked.set(plural, (asked.get(plural) ?? 0) + 1);
      yield [{ type: "BOOKMARK", object: bookmark("networkpolicies", "1", true) }];
      await untilAborted(signal);
    },
  } as unknown as KubeClient;
  const clock = manualClock();
  const serving = policyServing({
    ...{ client, watched: [], optional: [], counter: "c", onConfirmed() {} },
    backOff: exponentialBackOff({ firstMs: 1, maxMs: 1, random: () => 0 }),
    ...{ clock, log: silentLogger },
  });
  /** Resolves once it is served; `onEnd` hears of the end of that. */
  async function lead(onEnd: () => void = () => {}) {
    const term = new AbortController();
    const begun = Promise.withResolvers<PolicyShare>();
    const running = serving.lead((share) => {
      if (share) begun.resolve(share);
      else onEnd();
    }, term.signal);
    const share = await begun.promise;
    return {
      share,
      async end() {
        term.abort();
        await running;
      },
    };
  }
  return { asked, clock, serving, lead };
}

test("policyServing() withdraws what it serves before it cuts who watches", async () => {
  const { serving, lead } = begin();
  const one = watcher();
  const seen: string[] = [];
  const term = await lead(() => seen.push(one.isCut() ? "after the cut" : "before the cut"));
  const { dissemination } = term.share;
  dissemination.watch("networkpolicies", one);
  assert.equal(dissemination.watcherCount, 1);
  await term.end();
  await serving.close();
  assert.deepEqual([seen, one.isCut()], [["before the cut"], true]);
});

test("policyServing() goes on in the next term with what it knows and with who watches", async () => {
  const { asked, clock, serving, lead } = begin();
  const one = watcher();
  const first = await lead();
  first.share.dissemination.watch("networkpolicies", one);
  const before = new Map(asked);
  assert.equal(before.get("pods"), 1);
  await first.end();
  clock.advance(2_999);
  await turn();
  const second = await lead();
  clock.advance(60_000);
  await turn();
  assert.equal(one.isCut(), false);
  assert.equal(second.share.dissemination.watcherCount, 1);
  assert.deepEqual(asked, before, "nothing was listed anew");
  await second.end();
  await serving.close();
});

test("policyServing() cuts who watches once others may lead, and keeps what it knows", async () => {
  const { asked, clock, serving, lead } = begin();
  const one = watcher();
  const first = await lead();
  first.share.dissemination.watch("networkpolicies", one);
  const before = new Map(asked);
  await first.end();
  clock.advance(3_000);
  await turn();
  assert.equal(one.isCut(), true);
  const second = await lead();
  const again = watcher();
  second.share.dissemination.watch("networkpolicies", again);
  assert.equal(second.share.dissemination.watcherCount, 1);
  assert.deepEqual(asked, before, "nothing was listed anew");
  await second.end();
  await serving.close();
  assert.equal(again.isCut(), true);
});
