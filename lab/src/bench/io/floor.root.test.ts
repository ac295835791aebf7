import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { processesMarked } from "../../io/end-processes.ts";
import { trafficMetrics } from "../plan.ts";
import { buildFloor } from "./floor.ts";
import { children } from "./namespace.ts";
import { measure, warmUp } from "./traffic.ts";

test("buildFloor() carries each kind of traffic on one host and between two, and ends wholly", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lab-bench-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const id = randomUUID();
  const signal = AbortSignal.any([t.signal, AbortSignal.timeout(180_000)]);
  {
    await using kept = children(id);
    const idlePorts = [1, 0];
    const floor = await buildFloor({ folder, children: kept, idlePorts, models: [], signal });
    const [from, neighbour, remote] = floor.flatMap(({ pods }) => pods);
    assert.ok(from && neighbour && remote);
    const tools = { folder, children: kept, seconds: 1, signal };
    const switches = floor.map(({ vswitchd }) => vswitchd);
    for (const to of [neighbour, remote]) {
      const route = { from, to, switches, agents: [] };
      await warmUp(route, tools);
      // one of the searches is enough: each takes seconds
      for (const metric of trafficMetrics.filter((one) => one !== "datagramsSmall")) {
        const { value, problem } = await measure(metric, route, tools);
        assert.equal(problem, undefined);
        assert.ok(value && value > 0, `${metric} to ${to.address}: ${value}`);
      }
    }
    const nowhere = { from, to: { ...remote, address: "10.250.9.9" }, switches, agents: [] };
    const { value, problem } = await measure("requests", nowhere, tools);
    assert.equal(value, undefined);
    assert.match(problem ?? "", /connect/);
  }
  assert.deepEqual(processesMarked(id), []);
});
