import assert from "node:assert/strict";
import { test } from "node:test";
import { type EndRequest, LocalApiError } from "@antrea/api/local-api";
import type { ConnectionEnder } from "../connections/connection-ender.ts";
import { policyState } from "../policy/state.ts";
import { isolation, policy } from "../testing/policies.ts";
import { endConnections } from "./ended-connections.ts";

const { signal } = new AbortController();

/** One policy of Antrea that is in force, one of Kubernetes that waits for its groups. */
function room() {
  const state = policyState({ onDirty() {}, onWanted() {}, onForced() {} });
  state.appliedToGroups.put({ name: "targets", members: [] });
  state.addressGroups.put({ name: "peers", members: [] });
  state.networkPolicies.replace([
    policy({ uid: "p1" }),
    isolation({ uid: "k1", appliedToGroups: ["unknown"] }),
  ]);
  const asked: unknown[] = [];
  const ender: ConnectionEnder = {
    async end({ policies, isDryRun }) {
      asked.push({ policies: policies && [...policies], isDryRun });
      return { lookedAt: 7, forbidden: [], unguarded: 0 };
    },
  };
  const end = (request: Partial<EndRequest>) =>
    endConnections({ isDryRun: true, ...request }, { state, ender }, { signal });
  return { asked, end };
}

test("endConnections() looks at nothing for a policy that this Node has not", async () => {
  const { asked, end } = room();
  const nothing = { policies: 0, lookedAt: 0, ended: [], unguarded: 0 };
  for (const isDryRun of [true, false])
    assert.deepEqual(
      await end({ policy: { namespace: "", name: "policy-p9" }, isDryRun }),
      nothing,
    );
  const kind = "AntreaNetworkPolicy";
  assert.deepEqual(await end({ policy: { namespace: "", name: "policy-p1", kind } }), nothing);
  assert.deepEqual(asked, []);
});

test("endConnections() tells how many policies were meant, also such as wait", async () => {
  const { asked, end } = room();
  assert.equal((await end({ policy: { namespace: "", name: "policy-p1" } })).policies, 1);
  assert.equal((await end({})).policies, 2);
  assert.deepEqual(asked, [
    { policies: ["p1"], isDryRun: true },
    { policies: undefined, isDryRun: true },
  ]);
  await assert.rejects(end({ isDryRun: false }), LocalApiError);
});
