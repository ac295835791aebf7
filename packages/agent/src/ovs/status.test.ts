import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf, type DaemonStatus, isHealthy } from "./status.ts";

const server: DaemonStatus = { daemon: "ovsdb-server", isAnswering: true, detail: "3.1.0" };
const vswitchd: DaemonStatus = { daemon: "ovs-vswitchd", isAnswering: true, detail: "3.1.0" };
const gone: DaemonStatus = { ...vswitchd, isAnswering: false, detail: "ENOENT" };

test("changesOf() tells all at first, and then those that came or went", () => {
  assert.deepEqual(changesOf([], [server, gone]), [server, gone]);
  assert.deepEqual(changesOf([server, gone], [server, { ...gone, detail: "other" }]), []);
  assert.deepEqual(changesOf([server, gone], [server, vswitchd]), [vswitchd]);
  assert.deepEqual(changesOf([server, vswitchd], [server, gone]), [gone]);
});

test("isHealthy() needs every daemon", () => {
  assert.equal(isHealthy([server, vswitchd]), true);
  assert.equal(isHealthy([server, gone]), false);
});
