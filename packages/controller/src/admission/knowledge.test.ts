import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import type { KubeClient, KubeObject, ObjectName } from "@antrea/kube";
import { knowledge } from "./knowledge.ts";
import { admissionSource } from "./source.ts";

/** A server whose watch has told of nothing yet, and which has Tier "mine". */
function world() {
  const asked: string[] = [];
  const mine = { metadata: { name: "mine" }, spec: { priority: 7 } } as KubeObject;
  const client = {
    async find(_: unknown, { name }: ObjectName) {
      asked.push(`find ${name}`);
      return name === "mine" ? mine : undefined;
    },
    async list() {
      asked.push("list");
      await new Promise((resolve) => setImmediate(resolve));
      return { items: [mine], resourceVersion: "1", continue: undefined };
    },
  } as unknown as KubeClient;
  const source = admissionSource({ client, clock: manualClock(), log: silentLogger });
  return { asked, known: knowledge({ source, client }) };
}

test("knowledge() asks for the one Tier that the watch has not told of, and for none that cannot be", async () => {
  const { asked, known } = world();
  assert.deepEqual([...(await known.tiers("mine"))], [["mine", 7]]);
  for (const name of ["none", "emergency", ".", "../mine", "A", "x".repeat(1_000)])
    assert.equal((await known.tiers(name)).size, 0, name);
  assert.deepEqual(asked, ["find mine", "find none"]);
});

test("knowledge() lists Tiers once for all who ask meanwhile", async () => {
  const { asked, known } = world();
  const first = known.tiersNow();
  await Promise.resolve();
  await Promise.resolve();
  const all = await Promise.all([first, ...Array.from({ length: 50 }, () => known.tiersNow())]);
  assert.ok(all.every((tiers) => tiers.get("mine") === 7));
  assert.deepEqual(asked, ["list", "list"]);
});
