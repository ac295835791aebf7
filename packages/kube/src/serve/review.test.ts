import assert from "node:assert/strict";
import { test } from "node:test";
import { decisionOf, userOf } from "./review.ts";

test("userOf() gives nobody unless the server says that the token is right", () => {
  const user = { username: "jane", uid: "1", groups: ["a", 3], extra: { scopes: ["x"], bad: 3 } };
  assert.deepEqual(userOf({ status: { authenticated: true, user } }), {
    username: "jane",
    uid: "1",
    groups: ["a"],
    extra: { scopes: ["x"], bad: [] },
  });
  for (const review of [
    ...[undefined, null, "yes", {}, { status: true }],
    { status: { user } },
    { status: { authenticated: "true", user } },
    { status: { authenticated: false, user } },
    { status: { authenticated: true } },
    { status: { authenticated: true, user: { username: "" } } },
  ])
    assert.equal(userOf(review), undefined, JSON.stringify(review));
});

test("decisionOf() allows what is allowed and not denied besides", () => {
  assert.deepEqual(decisionOf({ status: { allowed: true, reason: "RBAC: allowed" } }), {
    isAllowed: true,
    reason: "RBAC: allowed",
  });
  for (const status of [
    {},
    { allowed: false },
    { allowed: "true" },
    { allowed: true, denied: true },
  ])
    assert.equal(decisionOf({ status }).isAllowed, false);
});
