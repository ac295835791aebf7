import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as of from "../flow/index.ts";
import { switchForFile } from "../testing/switch-for-file.ts";

const { ovs, connection } = switchForFile();

async function replaceFlows(desired: readonly of.Flow[]): Promise<void> {
  const observed = (await connection().dumpFlows()).map((stats) => stats.flow);
  await connection().apply({ flows: of.diffFlows(observed, desired) });
}

async function observedFlows(): Promise<readonly of.Flow[]> {
  return (await connection().dumpFlows()).map((stats) => stats.flow);
}

async function printedFlows(): Promise<string> {
  const text = await ovs().ofctl("--no-stats", "dump-flows", `unix:${ovs().mgmtSocket("br0")}`);
  return of.formatFlows(of.parseFlows(text));
}

test("connectSwitch() gives flows back as they were sent, for every line of the golden", async () => {
  const text = await readFile(new URL("../../testdata/all.flows", import.meta.url), "utf8");
  const desired = of.parseFlows(text);
  await connection().apply({
    meters: of.diffMeters([], [of.dropMeter(3, { unit: "pktps", rate: 5, burstSize: 10 })]),
    groups: of.diffGroups([], [of.makeGroup({ id: 5, type: "all", buckets: [{ actions: [] }] })]),
  });
  await replaceFlows(desired);
  const observed = await observedFlows();
  const rest = of.diffFlows(observed, desired);
  assert.deepEqual(
    rest.modify.map(({ before, value }) => [of.formatFlow(before), of.formatFlow(value)]),
    [],
  );
  assert.deepEqual(
    rest.add.map(({ value }) => of.formatFlow(value)),
    [],
  );
  assert.deepEqual(
    rest.remove.map(({ before }) => of.formatFlow(before)),
    [],
  );
  assert.equal(await printedFlows(), of.formatFlows(desired));
});
