import assert from "node:assert/strict";
import { test } from "node:test";
import type { Group } from "@antrea/api";
import { groupSelectorText } from "../selectors/group-selector.ts";
import { network } from "../testing/records.ts";
import { surroundings } from "../testing/surroundings.ts";
import { expandGroup } from "./groups.ts";

const web = { matchLabels: { app: "web" } };
const blocks = [{ cidr: network("10.0.0.0/8") }];

function expanded(key: string, around: Parameters<typeof surroundings>[0]) {
  const [name = "", namespace = ""] = key.split("/").toReversed();
  const { whom, problems } = expandGroup({ namespace, name }, surroundings(around));
  const selectors = whom.selectors.map(groupSelectorText);
  return { whom: [...selectors, ...whom.ipBlocks.map(({ cidr }) => cidr)], problems };
}

const one = (key: string, spec: Group["spec"]) => expanded(key, { groups: { [key]: spec } });

test("expandGroup() reads every way to say who is in a group", () => {
  assert.deepEqual(one("g", { podSelector: web }).whom, [
    "namespaceSelector= And podSelector=app=web",
  ]);
  assert.deepEqual(one("a/g", { podSelector: web }).whom, ["namespace=a And podSelector=app=web"]);
  assert.deepEqual(one("a/g", { namespaceSelector: web }).whom, [
    "namespaceSelector=app=web And podSelector=",
  ]);
  assert.deepEqual(one("g", { nodeSelector: web }).whom, ["nodeSelector=app=web"]);
  assert.deepEqual(one("g", { ipBlocks: blocks }).whom, ["10.0.0.0/8"]);
});

test("expandGroup() takes what says nothing, two things, or what is not supported for nobody", () => {
  const bad: readonly (readonly [string, Group["spec"]])[] = [
    ["g", {}],
    ["g", { podSelector: {}, ipBlocks: blocks }],
    ["a/g", { nodeSelector: {} }],
    ["g", { externalEntitySelector: {} }],
  ];
  for (const [key, spec] of bad) {
    const { whom, problems } = one(key, spec);
    assert.deepEqual(whom, [], JSON.stringify(spec));
    assert.equal(problems.length, 1);
  }
});

test("expandGroup() has the members of all children of its own kind, one level deep", () => {
  const groups = {
    parent: { childGroups: ["pods", "blocks", "gone", "nested"] },
    pods: { podSelector: web },
    blocks: { ipBlocks: blocks },
    nested: { childGroups: ["pods"] },
    "a/pods": { podSelector: {} },
    "a/parent": { childGroups: ["pods", "blocks"] },
  };
  assert.deepEqual(expanded("parent", { groups }), {
    whom: ["namespaceSelector= And podSelector=app=web", "10.0.0.0/8"],
    problems: [
      "there is no ClusterGroup gone; it counts as empty",
      "ClusterGroup nested is a child and has childGroups of its own; it counts as empty",
    ],
  });
  assert.deepEqual(expanded("a/parent", { groups }), {
    whom: ["namespace=a And podSelector="],
    problems: ["there is no Group a/blocks; it counts as empty"],
  });
});

test("expandGroup() takes a group that is its own child for empty", () => {
  assert.deepEqual(one("g", { childGroups: ["g"] }).whom, []);
});

test("expandGroup() has the Pods that a Service selects, and none of one without a selector", () => {
  const groups = {
    g: { serviceReference: { namespace: "b", name: "s" } },
    "a/g": { serviceReference: { name: "s" } },
    "a/theirs": { serviceReference: { namespace: "b", name: "s" } },
  };
  const services = { "b/s": { app: "web" }, "a/s": {} };
  assert.deepEqual(expanded("g", { groups, services }).whom, [
    "namespace=b And podSelector=app=web",
  ]);
  assert.deepEqual(expanded("a/g", { groups, services }).whom, []);
  assert.deepEqual(expanded("a/theirs", { groups, services }).whom, [
    "namespace=b And podSelector=app=web",
  ]);
  assert.deepEqual(expanded("g", { groups }).problems, [
    "there is no Service b/s of ClusterGroup g; it counts as empty",
  ]);
});
