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

test("qemuArgv() gives the guest a disk whose file stays as it is, where there is one", () => {
  assert.deepEqual(after("-drive"), []);
  const files = { kernel: "/cache/vmlinuz", initrd: "/tmp/initrd", disk: "/cache/a,b.ext4" };
  const withDisk = qemuArgv({ cpus: 1, memoryMib: 256 }, files);
  const drive = withDisk[withDisk.indexOf("-drive") + 1];
  assert.equal(drive, "file=/cache/a,,b.ext4,file.locking=off,format=raw,if=virtio,snapshot=on");
});

test("qemuArgv() tells the guest how fast its counter runs, where that is known", () => {
  const files = { kernel: "/cache/vmlinuz", initrd: "/tmp/initrd" };
  const told = qemuArgv({ cpus: 1, memoryMib: 256, counterKhz: 2_596_126 }, files);
  assert.match(told[told.indexOf("-append") + 1] ?? "", / tsc_early_khz=2596126$/);
  assert.ok(after("-append").every((line) => !line.includes("tsc_early_khz")));
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
