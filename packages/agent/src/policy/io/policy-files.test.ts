import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { silentLogger } from "@antrea/base";
import { block, member, policy, rule } from "../../testing/policies.ts";
import { policyState, type PolicyState } from "../state.ts";
import { policyFiles } from "./policy-files.ts";

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "policies-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "policies");
}

function state(): PolicyState {
  const nothing = (): void => {};
  return policyState({ onDirty: nothing, onWanted: nothing, onForced: nothing });
}

const ports = [{ name: "web", port: 80, protocol: "TCP" }] as const;
const whole = policy({
  rules: [
    rule({
      peer: { addressGroups: ["peers"], ipBlocks: [block("192.0.2.0/24", "192.0.2.7/32")] },
      services: [
        { protocol: "TCP", port: "web" },
        { protocol: "UDP", port: 1, endPort: 9 },
        { protocol: "ICMP", icmpType: 8 },
        { protocol: "IGMP" },
      ],
    }),
  ],
});

function filled(): PolicyState {
  const one = state();
  one.appliedToGroups.put({ name: "targets", members: [member("web", [], ports)] });
  one.addressGroups.put({ name: "peers", members: [member("bad", ["10.244.2.9", "fd00::9"])] });
  one.networkPolicies.put(whole);
  return one;
}

test("policyFiles() reads what it wrote, in files for root alone", async (t) => {
  const folder = place(t);
  const files = policyFiles(folder, silentLogger);
  assert.equal(files.read(), undefined);
  await files.write(filled().share());
  const read = policyFiles(folder, silentLogger).read();
  assert.deepEqual(read?.networkPolicies, [whole]);
  assert.deepEqual(read?.addressGroups, [
    { name: "peers", members: [member("bad", ["10.244.2.9", "fd00::9"])] },
  ]);
  assert.deepEqual(read?.appliedToGroups, [
    { name: "targets", members: [member("web", [], ports)] },
  ]);
  for (const name of readdirSync(folder))
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
});

test("policyFiles() writes what is new alone, and removes what is gone", async (t) => {
  const folder = place(t);
  const files = policyFiles(folder, silentLogger);
  files.read();
  const one = filled();
  await files.write(one.share());
  const times = () =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).ino]));
  const before = times();
  one.addressGroups.patch("peers", { added: [member("worse", ["10.244.2.10"])], removed: [] });
  await files.write(one.share());
  const after = times();
  const changed = Object.keys(after).filter((name) => before[name] !== after[name]);
  assert.deepEqual(changed, ["addressGroups.peers.json"]);
  one.networkPolicies.remove("p1");
  one.addressGroups.remove("peers");
  one.appliedToGroups.remove("targets");
  await files.write(one.share());
  assert.deepEqual(readdirSync(folder), ["whole"]);
  const empty = { networkPolicies: [], addressGroups: [], appliedToGroups: [] };
  assert.deepEqual(policyFiles(folder, silentLogger).read(), empty);
});

test("policyFiles() takes no set of which something is cut, edited or of a later version", async (t) => {
  const folder = place(t);
  const files = policyFiles(folder, silentLogger);
  files.read();
  await files.write(filled().share());
  const path = join(folder, "networkPolicies.p1.json");
  for (const text of [
    '{"version":1,"obj',
    '{"version":1,"object":{"uid":7}}',
    '{"version":2}',
    "",
  ]) {
    writeFileSync(path, text);
    assert.equal(policyFiles(folder, silentLogger).read(), undefined, text);
  }
});

test("policyFiles() keeps names of objects inside of its folder", async (t) => {
  const folder = place(t);
  const files = policyFiles(folder, silentLogger);
  files.read();
  const one = state();
  one.appliedToGroups.put({ name: "../../targets", members: [] });
  await files.write(one.share());
  assert.deepEqual(readdirSync(folder).sort(), ["appliedToGroups...%2F..%2Ftargets.json", "whole"]);
  assert.equal(policyFiles(folder, silentLogger).read()?.appliedToGroups[0]?.name, "../../targets");
});
