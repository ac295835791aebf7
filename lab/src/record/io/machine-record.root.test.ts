import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { restoreMachine, saveMachine } from "./machine-record.ts";

// A setting that kubelet makes and that nothing else on a test machine depends on.
const sysctl = "/proc/sys/kernel/keys/root_maxkeys";
const read = () => readFileSync(sysctl, "utf8").trim();

test("restoreMachine() puts back what the first lab found, whatever later ones did", () => {
  const root = mkdtempSync(`${tmpdir()}/antrea-lab-machine-`);
  const original = read();
  try {
    saveMachine(root);
    writeFileSync(sysctl, "999999");
    saveMachine(root); // a second lab must not take the first one's value for the machine's own
    assert.ok(restoreMachine(root));
    assert.equal(read(), original);
    assert.equal(restoreMachine(root), undefined); // once
  } finally {
    writeFileSync(sysctl, original);
    rmSync(root, { recursive: true });
  }
});
