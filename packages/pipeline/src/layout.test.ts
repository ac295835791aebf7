import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFlow } from "@antrea/openflow/flow";
import { cookieOf, nodeOwner } from "./cookies.ts";
import { compileNode } from "./features/node-connectivity.ts";
import { isOtherLayout } from "./layout.ts";
import { node } from "./testing/network.ts";

const miss = (text: string) => ({
  ...parseFlow(`priority=0,${text}`),
  cookie: cookieOf("Default", nodeOwner),
});

test("isOtherLayout() knows flows of an agent whose tables have other numbers", () => {
  assert.equal(isOtherLayout([]), false);
  assert.equal(isOtherLayout(compileNode(node())), false);
  assert.equal(isOtherLayout([miss("table=8 actions=drop")]), true);
  assert.equal(isOtherLayout([miss("table=7 actions=goto_table:9")]), true);
  assert.equal(isOtherLayout([miss("table=200 actions=drop")]), true);
  assert.equal(isOtherLayout([parseFlow("table=8,priority=0 actions=drop")]), false, "not ours");
});
