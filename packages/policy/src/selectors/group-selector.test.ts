import assert from "node:assert/strict";
import { test } from "node:test";
import { type GroupSelector, groupName, podsOfServiceAccount } from "./group-selector.ts";
import { everything, normalizeSelector } from "./selector.ts";

test("groupName() is the UUID of the selector, so that it is the same after a restart", () => {
  const pods = normalizeSelector({ matchLabels: { app: "web" } });
  const name = groupName({ kind: "pods", namespace: "a", pods });
  assert.equal(name, "755cc2b6-ee39-5cb3-8256-f2f67001190b"); // as uuid5() of Python makes it
});

test("groupName() differs where other Pods or Nodes are meant", () => {
  const selectors: readonly GroupSelector[] = [
    { kind: "pods", namespace: "a", pods: everything },
    { kind: "pods", namespace: "a And podSelector=", pods: everything },
    { kind: "podsOfNamespaces", namespaces: everything, pods: everything },
    { kind: "nodes", nodes: everything },
    podsOfServiceAccount({ namespace: "a", name: "robot" }),
  ];
  assert.equal(new Set(selectors.map(groupName)).size, selectors.length);
});
