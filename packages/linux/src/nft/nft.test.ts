import assert from "node:assert/strict";
import { test } from "node:test";
import { InvariantError } from "@antrea/base";
import { expectGolden } from "@antrea/base/testing";
import { gatewayTable, uplinkTable } from "../testing/nft-tables.ts";
import { diffNft, renderNftChange } from "./change.ts";
import { renderTable } from "./render.ts";
import { sameShape, shapeOf } from "./shape.ts";
import type { NftRule, NftTable } from "./table.ts";

const golden = (name: string) => new URL(`../../testdata/nft/${name}.nft`, import.meta.url);

test("renderTable() writes a table of ours as one transaction", () => {
  expectGolden(golden("gateway"), `${renderTable(gatewayTable())}\n`);
  expectGolden(golden("uplink"), `${renderTable(uplinkTable("eth0"))}\n`);
});

test("renderNftChange() touches only elements when only elements differ", () => {
  const before = gatewayTable({ podCidrs: ["10.10.2.0/24", "10.10.3.0/24"] });
  const after = gatewayTable({ podCidrs: ["10.10.3.0/24", "10.10.4.0/24"] });

  assert.equal(
    change(before, after),
    "delete element ip antrea pod-cidrs { 10.10.2.0/24 }\n" +
      "add element ip antrea pod-cidrs { 10.10.4.0/24 }\n",
  );
});

test("renderNftChange() replaces a table whole when a rule differs", () => {
  const text = change(gatewayTable(), gatewayTable({ podCidr: "10.20.1.0/24" }));

  assert.match(text, /^add table ip antrea\ndelete table ip antrea\ntable ip antrea \{/);
});

test("diffNft() sees an uplink of another name, though no listing tells it", () => {
  const [before, after] = [uplinkTable("eth0"), uplinkTable("eth1")];

  assert.equal(sameShape(shapeOf(before), shapeOf(after)), false);
  assert.match(change(before, after), /"eth1"/);
});

test("diffNft() sees that rules changed places", () => {
  const table = gatewayTable();
  const turned = {
    ...table,
    chains: table.chains.map((c) => ({ ...c, rules: c.rules.toReversed() })),
  };

  assert.equal(sameShape(shapeOf(table), shapeOf(turned)), false);
});

test("diffNft() of tables that are there finds nothing, whatever their order", () => {
  const table = gatewayTable();
  const turned = { ...table, chains: table.chains.toReversed() };

  assert.equal(change(table, turned), "");
});

test("renderTable() refuses text that could end the rule or the line", () => {
  for (const text of ["accept; drop", "a\nb", 'comment "x"', "{ 1, 2", "x # y"])
    assert.throws(() => renderTable(withText(text)), InvariantError, text);
  assert.match(renderTable(withText("tcp flags & (fin | syn) == syn")), /tcp flags/);
});

test("renderTable() refuses names and elements that nft would read as something else", () => {
  const chains = [] as const;
  const elements = ["10.0.0.1 } ; flush ruleset"];

  assert.throws(() => renderTable({ family: "ip", name: "a b", chains }), InvariantError);
  assert.throws(
    () =>
      renderTable({
        family: "ip",
        name: "a",
        chains,
        sets: [{ name: "s", type: "ifname", elements }],
      }),
    InvariantError,
  );
});

function change(before: NftTable, after: NftTable): string {
  const key = `${before.family} ${before.name}`;
  return renderNftChange(diffNft(new Map([[key, shapeOf(before)]]), new Map([[key, after]])));
}

function withText(text: string): NftTable {
  const rule: NftRule = {
    match: [{ kind: "text", text }],
    verdict: { kind: "accept" },
    comment: "Text",
  };
  return { family: "inet", name: "t", chains: [{ name: "c", rules: [rule] }] };
}
