import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { findProcess } from "../../io/process-table.ts";
import { endGroup, openVmFolder } from "./vm-folder.ts";

const nobody = 65_534;

function place(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "vm-folder-"));
  t.after(() => rmSync(root, { recursive: true }));
  return root;
}

test("openVmFolder() ends a machine whose program was killed, and removes what it left", async (t) => {
  const root = place(t);
  const machine = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  t.after(() => endGroup(machine.pid));
  const ended = once(machine, "exit");
  const left = openVmFolder(root);
  left.runs(machine.pid ?? assert.fail("it runs"));
  // a process of this number that began at another time is another one
  writeFileSync(join(left.path, "owner"), JSON.stringify({ pid: process.pid, startTicks: 1 }));

  using next = openVmFolder(root);
  assert.deepEqual(await ended, [null, "SIGKILL"]);
  assert.ok(!existsSync(left.path) && existsSync(next.path));
});

test("openVmFolder() leaves alone who lives, what nobody has signed yet, and other folders", (t) => {
  const root = place(t);
  using beside = openVmFolder(root);
  const others = ["antrea-vm-new", "antrea-other"].map((name) => join(root, name));
  for (const folder of others) mkdirSync(folder);
  openVmFolder(root)[Symbol.dispose]();
  assert.ok([beside.path, ...others].every((folder) => existsSync(folder)));
});

test("openVmFolder() believes no folder that another user made, nor a link", (t) => {
  const root = place(t);
  const machine = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  t.after(() => endGroup(machine.pid));
  const left = openVmFolder(root);
  left.runs(machine.pid ?? assert.fail("it runs"));
  writeFileSync(join(left.path, "owner"), JSON.stringify({ pid: process.pid, startTicks: 1 }));
  chownSync(left.path, nobody, nobody);
  const elsewhere = join(root, "elsewhere");
  cpSync(left.path, elsewhere, { recursive: true });
  symlinkSync(elsewhere, join(root, "antrea-vm-link"));

  openVmFolder(root)[Symbol.dispose]();
  assert.ok(existsSync(left.path) && existsSync(elsewhere));
  assert.ok(findProcess(machine.pid ?? 0), "the process lives");
});

test("endGroup() is content where nothing runs any more", () => {
  endGroup(undefined);
  endGroup(2 ** 22); // more than the kernel gives
});
