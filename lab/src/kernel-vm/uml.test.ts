import assert from "node:assert/strict";
import { test } from "node:test";
import { umlArgv } from "./uml.ts";

const files = { kernel: "/cache/linux", initrd: "/tmp/x/initrd", folder: "/tmp/x" };

test("umlArgv() keeps the kernel to one processor, with the memory asked for", () => {
  const argv = umlArgv({ memoryMib: 2048, cpu: 1 }, files).join(" ");
  assert.match(argv, / taskset --cpu-list 1 \/cache\/linux mem=2048M /);
});

test("umlArgv() gives every channel a descriptor of its own, and no line an input", () => {
  const lines = umlArgv({ memoryMib: 256, cpu: 0 }, files).filter((word) => word.includes("fd:"));
  assert.deepEqual(
    lines.map((line) => /^(\w+)=null,fd:(\d)$/.exec(line)?.slice(1)),
    [
      ["con0", "6"],
      ["ssl0", "3"],
      ["ssl1", "4"],
      ["ssl2", "5"],
    ],
  );
});

test("umlArgv() gives the guest a disk whose file stays as it is, where there is one", () => {
  const disks = (disk?: string) =>
    umlArgv({ memoryMib: 256, cpu: 0 }, { ...files, disk }).filter((word) =>
      word.startsWith("ubd"),
    );
  assert.deepEqual(disks(), []);
  assert.deepEqual(disks("/cache/a.ext4"), ["ubd0=/tmp/x/written,/cache/a.ext4"]);
});
