import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterGroupKind, parseCustom } from "@antrea/api";
import { parse } from "yaml";
import { groupRefusals } from "./group.ts";
import { refusalText } from "./refusal.ts";

/** Group `family` has the child `kid`; `plain` has none. */
const children = new Map<string, readonly string[]>([
  ["family", ["kid", "other"]],
  ["kid", []],
  ["plain", []],
]);

function refusalsOf(yaml: string, name = "mine", scope: "cluster" | "namespaced" = "cluster") {
  const parsed = parseCustom(clusterGroupKind, { metadata: { name }, spec: parse(yaml) as object });
  if ("problem" in parsed) assert.fail(parsed.problem);
  const context = {
    scope,
    childrenOf: (one: string) => children.get(one),
    parentsOf: (one: string) =>
      [...children].flatMap(([parent, has]) => (has.includes(one) ? [parent] : [])),
  };
  return [...groupRefusals(name, parsed.value.spec, context)].map(refusalText);
}

test("groupRefusals() accepts one sort of members, and selectors in pairs", () => {
  for (const yaml of [
    "{}",
    "podSelector: {}",
    "{podSelector: {}, namespaceSelector: {}}",
    "{externalEntitySelector: {}, namespaceSelector: {}}",
    "nodeSelector: {}",
    "ipBlocks: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}, {cidr: 'fd00::/8'}]",
    "ipBlocks: [{cidr: 224.0.0.0/8}, {cidr: 'ff02::/16'}]",
    "serviceReference: {name: a, namespace: b}",
    "childGroups: [plain, not-there-yet]",
  ])
    assert.deepEqual(refusalsOf(yaml), [], yaml);
  assert.deepEqual(refusalsOf("serviceReference: {name: a}", "mine", "namespaced"), []);
  assert.deepEqual(refusalsOf("childGroups: [kid, other]", "family"), []);
});

test("groupRefusals(): one sort of members", () => {
  assert.deepEqual(refusalsOf("{podSelector: {}, ipBlocks: []}"), [
    "spec has podSelector and ipBlocks, but must have one of them, or podSelector or externalEntitySelector with namespaceSelector: make groups of the others and name all in childGroups",
  ]);
  assert.equal(refusalsOf("{podSelector: {}, externalEntitySelector: {}}").length, 1);
  assert.equal(
    refusalsOf("{podSelector: {}, namespaceSelector: {}, externalEntitySelector: {}}").length,
    1,
  );
});

test("groupRefusals(): Nodes are for ClusterGroups", () => {
  assert.deepEqual(refusalsOf("nodeSelector: {}", "mine", "namespaced"), [
    "spec.nodeSelector is set, but must be left out in a Group: a ClusterGroup may have Nodes",
  ]);
});

test("groupRefusals(): labels and networks are some, and all networks of one sort", () => {
  assert.deepEqual(refusalsOf("namespaceSelector: {matchLabels: {a: 'b c'}}"), [
    'spec.namespaceSelector.matchLabels.a is "b c", but must be the value of a label: up to 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends',
  ]);
  assert.deepEqual(refusalsOf("ipBlocks: [{cidr: 10.0.0.0/8, except: [11.0.0.0/8]}]"), [
    'spec.ipBlocks[0].except[0] is "11.0.0.0/8", but must be a smaller network inside spec.ipBlocks[0].cidr, which is 10.0.0.0/8',
  ]);
  assert.deepEqual(refusalsOf("ipBlocks: [{cidr: 10.0.0.0/8}, {cidr: 224.0.0.0/24}]"), [
    "spec.ipBlocks[1].cidr is 224.0.0.0/24, but must be unicast like 10.0.0.0/8: make a group of its own for it",
  ]);
});

test("groupRefusals(): a Service is named in full", () => {
  assert.deepEqual(refusalsOf("serviceReference: {}"), [
    "spec.serviceReference.name is missing, but must be the Service's name",
    "spec.serviceReference.namespace is missing, but must be the Service's namespace",
  ]);
});

test("groupRefusals(): groups have one level of children", () => {
  assert.deepEqual(refusalsOf("childGroups: [plain, mine]"), [
    'spec.childGroups[1] is "mine", the group itself, but must be another group',
  ]);
  assert.deepEqual(refusalsOf("childGroups: [family]"), [
    'spec.childGroups[0] is "family", which has children, but must be a group without: name its children here instead',
  ]);
  assert.deepEqual(refusalsOf("childGroups: [plain]", "kid"), [
    "spec.childGroups is set, but must be left out, since another group has this one as a child, and children have none",
  ]);
});
