import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { restoreMachine, prepareMachine } from "./machine-record.ts";

// A setting that kubelet makes and that nothing else on a test machine depends on.
const sysctl = "/proc/sys/kernel/keys/root_maxkeys";
const read = (path = sysctl) => readFileSync(path, "utf8").trim();
const inotify = "/proc/sys/fs/inotify/max_user_instances";

test("restoreMachine() puts back what the first lab found, whatever later ones did", () => {
  const root = mkdtempSync(`${tmpdir()}/antrea-lab-machine-`);
  const original = read();
  const originalInotify = read(inotify);
  try {
    prepareMachine(root);
    writeFileSync(sysctl, "999999");
    prepareMachine(root); // a second lab must not take the first one's value for the machine's own
    assert.ok(Number(read(inotify)) >= 1024, "labs side by side need more than Debian gives");
    assert.ok(restoreMachine(root));
    assert.equal(read(inotify), originalInotify);
    assert.equal(read(), original);
    assert.equal(restoreMachine(root), undefined); // once
  } finally {
    writeFileSync(sysctl, original);
    writeFileSync(inotify, originalInotify);
    rmSync(root, { recursive: true });
  }
});
