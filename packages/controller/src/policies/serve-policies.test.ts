import assert from "node:assert/strict";
import { test } from "node:test";
import { exponentialBackOff, silentLogger, untilAborted } from "@antrea/base";
import type { AnswerStream } from "@antrea/base/io/https-server";
import { manualClock } from "@antrea/base/testing";
import type { KubeClient } from "@antrea/kube";
import { bookmark } from "@antrea/policy/controlplane";
import { type PolicyShare, servePolicies } from "./serve-policies.ts";

/** A cluster without any object. */
const client = {
  async *watch(_: unknown, __: unknown, { signal }: { readonly signal: AbortSignal }) {
    yield [{ type: "BOOKMARK", object: bookmark("networkpolicies", "1", true) }];
    await untilAborted(signal);
  },
} as unknown as KubeClient;

test("servePolicies() withdraws what it serves before it cuts who watches", async () => {
  const term = new AbortController();
  const gone = new AbortController();
  const out: AnswerStream = {
    ...{ write() {}, bufferedBytes: 0, end() {}, signal: gone.signal },
    cut: () => gone.abort(),
  };
  const begun = Promise.withResolvers<PolicyShare>();
  const seen: string[] = [];
  const serving = servePolicies(
    {
      ...{ client, watched: [], optional: [], counter: "c", onConfirmed() {} },
      backOff: exponentialBackOff({ firstMs: 1, maxMs: 1, random: () => 0 }),
      ...{ clock: manualClock(), log: silentLogger },
    },
    (share) => {
      if (share) begun.resolve(share);
      else seen.push(gone.signal.aborted ? "after the cut" : "before the cut");
    },
    term.signal,
  );
  const { dissemination } = await begun.promise;
  dissemination.watch("networkpolicies", { wantsBookmarks: false, out });
  assert.equal(dissemination.watcherCount, 1);
  term.abort();
  await serving;
  assert.deepEqual([seen, gone.signal.aborted], [["before the cut"], true]);
});
