import assert from "node:assert/strict";
import { test } from "node:test";
import { policyState } from "../policy/state.ts";
import { isolation, member, policy, rule } from "../testing/policies.ts";
import { groupRows, policyRows } from "./policy-rows.ts";

const receivedAt = new Date("2026-08-01T10:00:00Z");

test("policyRows() tells the state that is wanted, the one that is in force, and why they differ", () => {
  const own = policy({ rules: [rule({ appliedToGroups: ["own"] })], generation: 3 });
  const [first, second] = policyRows([
    { policy: own, generation: 2, failure: "no room", receivedAt },
    { policy: isolation({ uid: "p2" }), generation: 1, receivedAt, confirmedAt: receivedAt },
  ]);
  assert.deepEqual(first, {
    name: "p1",
    source: "AntreaClusterNetworkPolicy:policy-p1",
    appliedTo: ["targets", "own"],
    rules: 1,
    tierPriority: 250,
    priority: 5,
    generation: 3,
    realizedGeneration: 2,
    failure: "no room",
    receivedAt: "2026-08-01T10:00:00.000Z",
  });
  assert.deepEqual(
    [second?.tierPriority, second?.confirmedAt],
    [undefined, "2026-08-01T10:00:00.000Z"],
  );
});

test("groupRows() tells members of one kind of group, with their addresses and names of ports", () => {
  const nothing = (): void => {};
  const state = policyState({ onDirty: nothing, onWanted: nothing, onForced: nothing });
  const ports = [{ name: "web", port: 80, protocol: "TCP" }] as const;
  state.appliedToGroups.put({ name: "targets", members: [member("web", [], ports)] });
  state.addressGroups.put({ name: "peers", members: [member("bad", ["10.244.2.9"])] });
  assert.deepEqual(groupRows(state.share(), "appliedToGroups"), [
    { name: "targets", members: [{ member: "shop/web", ips: [], ports: ["web:80/TCP"] }] },
  ]);
  assert.deepEqual(
    groupRows(state.share(), "addressGroups").map(({ name }) => name),
    ["peers"],
  );
});
