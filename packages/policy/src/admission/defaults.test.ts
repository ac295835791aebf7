import assert from "node:assert/strict";
import { test } from "node:test";
import type { AntreaPolicySpec } from "@antrea/api";
import { defaultsOf, withDefaults } from "./defaults.ts";

const drop = { action: "Drop" } as const;
const allow = { action: "Allow", from: [{ podSelector: {} }] } as const;
const spec: AntreaPolicySpec = {
  priority: 5,
  ingress: [allow, { ...drop, name: "mine" }, drop],
  egress: [drop],
};

test("defaultsOf() gives the Tier, and rules names of direction, action and what they say", () => {
  assert.deepEqual(defaultsOf(spec), [
    { path: "/spec/tier", value: "application" },
    { path: "/spec/ingress/0/name", value: "ingress-allow-8c91d74" },
    { path: "/spec/ingress/2/name", value: "ingress-drop-b9ba700" },
    { path: "/spec/egress/0/name", value: "egress-drop-b9ba700" },
  ]);
});

test("withDefaults() leaves nothing to add, and what was said as it is", () => {
  const whole = withDefaults(spec);
  assert.equal(whole.tier, "application");
  assert.deepEqual(
    whole.ingress?.map(({ name }) => name),
    ["ingress-allow-8c91d74", "mine", "ingress-drop-b9ba700"],
  );
  assert.deepEqual(defaultsOf(whole), []);
  assert.deepEqual(withDefaults(whole), whole);
  assert.equal(withDefaults({ ...spec, tier: "" }).tier, "application");
});

test("defaultsOf() names a rule alike wherever it stands and however it is written", () => {
  const moved = defaultsOf({
    priority: 9,
    tier: "platform",
    ingress: [{ from: [{ podSelector: {} }], action: "Allow" }],
  });
  assert.deepEqual(moved, [{ path: "/spec/ingress/0/name", value: "ingress-allow-8c91d74" }]);
});

test("defaultsOf() gives equal rules two names, and none that somebody has", () => {
  const names = defaultsOf({
    priority: 1,
    tier: "platform",
    egress: [drop, { ...drop, name: "egress-drop-b9ba700" }, drop],
  });
  assert.deepEqual(
    names.map(({ value }) => value),
    ["egress-drop-b9ba700-2", "egress-drop-b9ba700-3"],
  );
});
