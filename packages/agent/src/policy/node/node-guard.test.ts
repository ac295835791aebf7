import assert from "node:assert/strict";
import { test } from "node:test";
import { TerminalError } from "@antrea/base";
import type { HostEntries, NftTable } from "@antrea/linux";
import { lifelines, nodeRule } from "../testing/node-rules.ts";
import { nodeGuard, noNodeGuard } from "./node-guard.ts";

function bench() {
  const asked: string[] = [];
  let refusal: Error | undefined;
  const guard = nodeGuard(
    {
      async realize(_owner: string, { nftTables = [] }: HostEntries) {
        const rules = [...nftTables].flatMap(({ chains }) => chains.flatMap((one) => one.rules));
        asked.push(rules.flatMap(({ comment }) => comment.match(/^p\d/) ?? []).join());
        if (refusal) throw refusal;
      },
    },
    () => lifelines,
  );
  return { guard, asked, refuse: (error: Error | undefined) => (refusal = error) };
}

const named = (title: string) => nodeRule({ id: title, title, services: [{ protocol: "IGMP" }] });

test("nodeGuard() makes all that is asked in one turn one change, and asks nothing for Pods' rules", async () => {
  const { guard, asked } = bench();
  await guard.realize("pods", []);
  assert.deepEqual(asked, []);
  await Promise.all([guard.realize("a", [named("p1")]), guard.realize("b", [named("p2")])]);
  await guard.realize("a", []);
  await guard.refresh();
  assert.deepEqual(asked, ["p1,p2", "p2", "p2"]);
});

test("nodeGuard() tries a removal anew that was refused", async () => {
  const { guard, asked, refuse } = bench();
  await guard.realize("a", [named("p1")]);
  refuse(new Error("busy"));
  await assert.rejects(guard.realize("a", []), /busy/);
  refuse(undefined);
  await guard.realize("a", []);
  assert.deepEqual(asked, ["p1", "", ""]);
});

test("noNodeGuard says that the gate is off, of rules that are for the Node", async () => {
  await noNodeGuard.realize("a", []);
  await assert.rejects(noNodeGuard.realize("a", [named("p1")]), TerminalError);
});

test("nodeGuard() previews the table with rules in place of those of their keys, and asks nothing", async () => {
  const { guard, asked } = bench();
  const titles = (table: NftTable | undefined) =>
    table?.chains.flatMap(({ rules }) =>
      rules.flatMap(({ comment }) => comment.match(/^p\d/) ?? []),
    );
  await Promise.all([guard.realize("a", [named("p1")]), guard.realize("b", [named("p2")])]);
  const { before, after } = guard.preview(
    new Map([
      ["a", []],
      ["c", [named("p3")]],
    ]),
  );
  assert.deepEqual(
    [titles(before), titles(after)],
    [
      ["p1", "p2"],
      ["p2", "p3"],
    ],
  );
  assert.equal(
    guard.preview(
      new Map([
        ["a", []],
        ["b", []],
      ]),
    ).after,
    undefined,
  );
  assert.deepEqual(asked, ["p1,p2"]);
});
