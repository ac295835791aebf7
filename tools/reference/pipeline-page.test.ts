import assert from "node:assert/strict";
import { test } from "node:test";
import { tables } from "@antrea/pipeline";
import { pipelinePage } from "./pipeline-page.ts";
import { sampleUnits } from "./sample-node.ts";

test("pipelinePage() has a section for each table and every flow of the sample Node once", () => {
  const page = pipelinePage();
  for (const { name } of Object.values(tables))
    assert.match(page, new RegExp(`^### ${name}$`, "m"));
  const printed = page.split("\n").filter((line) => line.startsWith("table="));
  assert.equal(
    printed.length,
    sampleUnits().reduce((sum, { flows }) => sum + flows.length, 0),
  );
  assert.equal(new Set(printed).size, printed.length);
});

test("sampleUnits() reaches a peer in each way", () => {
  const means = sampleUnits().map((unit) => unit.means);
  for (const way of ["direct: same subnet", "tunnel: ", "direct by the fabric's routes: "])
    assert.equal(means.filter((text) => text.startsWith(way)).length, 1, way);
});
