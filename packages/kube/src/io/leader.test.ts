import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import type { Lease } from "kubernetes-types/coordination/v1.d.ts";
import type { KubeClient } from "../client.ts";
import { leaderElection } from "./leader.ts";

test("leaderElection() that is stopped while it takes the Lease gives it back at once", async () => {
  const writes: (string | undefined)[] = [];
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const written = (lease: Lease, resourceVersion: string): Lease => {
    writes.push(lease.spec?.holderIdentity);
    return { ...lease, metadata: { ...lease.metadata, resourceVersion } };
  };
  const client = {
    find: async () => undefined,
    create: async (_: unknown, lease: Lease) => {
      asked.resolve();
      await answer.promise;
      return written(lease, "1");
    },
    replace: async (_: unknown, lease: Lease) => written(lease, "2"),
  } as unknown as KubeClient; // the calls that an election makes
  let terms = 0;
  const election = leaderElection({
    client,
    lease: { namespace: "kube-system", name: "test" },
    identity: "me",
    lead: async () => void terms++,
    log: silentLogger,
    clock: systemClock,
  });
  await election.start(new AbortController().signal);
  await asked.promise;
  const stopped = election.stop();
  answer.resolve();
  await stopped;
  assert.deepEqual(writes, ["me", ""]);
  assert.equal(terms, 0);
});
