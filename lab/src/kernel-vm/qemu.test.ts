import assert from "node:assert/strict";
import { test } from "node:test";
import { guestNames } from "./guest.ts";
import { qemuArgv } from "./qemu.ts";

const argv = qemuArgv(
  { cpus: 3, memoryMib: 2048 },
  { kernel: "/cache/vmlinuz", initrd: "/tmp/initrd" },
);
const after = (option: string): readonly string[] =>
  argv.flatMap((word, i) => (word === option ? [argv[i + 1] ?? ""] : []));

test("qemuArgv() gives the guest the processors and the memory asked for", () => {
  assert.deepEqual([after("-smp"), after("-m")], [["3"], ["2048"]]);
});

test("qemuArgv() shares the machine's root file system read-only and connects no network", () => {
  assert.ok(after("-fsdev").every((share) => share.split(",").includes("readonly=on")));
  assert.ok(argv.includes("-nodefaults"));
  assert.ok(!argv.some((word) => word.startsWith("-nic") || word.startsWith("-net")));
});

test("qemuArgv() gives every channel a socket of its own, under the name that the guest looks for", () => {
  const descriptors = after("-chardev").map((one) => /fd=(\d+)/.exec(one)?.[1]);
  assert.deepEqual(new Set(descriptors), new Set(["3", "4", "5", "6"]));
  for (const name of [guestNames.stdout, guestNames.stderr, guestNames.status])
    assert.ok(after("-device").some((device) => device.endsWith(`,name=${name}`)));
});
