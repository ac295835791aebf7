import assert from "node:assert/strict";
import { test } from "node:test";
import { compileNodeTable } from "../policy/node/node-table.ts";
import type { NodeRule } from "../policy/node/node-rule.ts";
import { lifelines, nodeRule } from "../policy/testing/node-rules.ts";
import { block } from "../testing/policies.ts";
import { tableLines } from "./table-lines.ts";

const table = (...rules: readonly NodeRule[]) => compileNodeTable(rules, lifelines);
const from = (...cidrs: readonly string[]) => ({
  peer: { addresses: [], ipBlocks: cidrs.map((one) => block(one)) },
});
const first = nodeRule({ id: "a", title: "a", ...from("192.0.2.0/24") });
const second = nodeRule({ id: "b", title: "b", action: "Allow" });

test("tableLines() says all of a table that comes or goes", () => {
  const come = tableLines({ before: undefined, after: table(first) });
  const gone = tableLines({ before: table(first), after: undefined });
  assert.deepEqual(
    gone,
    come.map((line) => line.replace("+", "-")),
  );
  assert.deepEqual(
    come
      .map((line) => line.replace(/#[0-9a-f]{8}/, "#"))
      .filter((line) => /ipv4-a|table/.test(line)),
    [
      "+ nft table inet antrea-node-policy",
      "+ nft set ipv4-a ipv4_addr interval",
      "+ nft element ipv4-a 192.0.2.0/24",
      '+ nft rule ingress-tiers ip saddr @ipv4-a counter drop comment "a #"',
    ],
  );
});

test("tableLines() says which element changes, and nothing of what stays", () => {
  const after = table({ ...first, ...from("192.0.2.0/25") }, second);
  assert.deepEqual(tableLines({ before: table(first, second), after }), [
    "+ nft element ipv4-a 192.0.2.0/25",
    "- nft element ipv4-a 192.0.2.0/24",
  ]);
  assert.deepEqual(tableLines({ before: after, after }), []);
});

test("tableLines() says where rules change places", () => {
  const order = { ...first.order, priority: 9 };
  assert.deepEqual(
    tableLines({ before: table(first, second), after: table({ ...first, order }, second) }),
    ["~ nft chain ingress-tiers: its rules in another order"],
  );
});
