import assert from "node:assert/strict";
import { test } from "node:test";
import { counterKhz } from "./processor-clock.ts";

const cpuinfo = (flags: string): string =>
  `processor\t: 0\nmodel name\t: Some\ncpu MHz\t\t: 2596.126\nflags\t\t: fpu tsc ${flags} sse\n`;

test("counterKhz() is what a virtual machine's kernel says", () => {
  assert.equal(counterKhz(cpuinfo("constant_tsc hypervisor")), 2_596_126);
});

test("counterKhz() is unknown where the frequency is that of the moment, or the counter follows it", () => {
  assert.equal(counterKhz(cpuinfo("constant_tsc aperfmperf")), undefined);
  assert.equal(counterKhz(cpuinfo("hypervisor")), undefined);
  assert.equal(counterKhz(""), undefined);
});
