import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAppctl } from "./appctl-target.ts";

test("parseAppctl() finds the target in every way of writing it, and leaves the command alone", () => {
  for (const [typed, target, rest] of [
    ["ofproto/trace br-int in_port=1", "ovs-vswitchd", "ofproto/trace br-int in_port=1"],
    ["-t ovsdb-server version", "ovsdb-server", "version"],
    ["-tovsdb-server version", "ovsdb-server", "version"],
    ["--target=ovsdb-server -T 5 version", "ovsdb-server", "-T 5 version"],
    ["--target ovsdb-server --timeout=5 version", "ovsdb-server", "--timeout=5 version"],
    ["-T 5 -t /run/x.ctl dpctl/show -t", "/run/x.ctl", "-T 5 dpctl/show -t"],
    ["-f json coverage/show", "ovs-vswitchd", "-f json coverage/show"],
    ["--version", "ovs-vswitchd", "--version"],
  ] as const)
    assert.deepEqual(parseAppctl(typed.split(" ")), { target, rest: rest.split(" ") }, typed);
});

test("parseAppctl() takes arguments that say nothing of a target as they are", () => {
  assert.deepEqual(parseAppctl([]), { target: "ovs-vswitchd", rest: [] });
  assert.deepEqual(parseAppctl(["-t"]), { target: "ovs-vswitchd", rest: [] });
  assert.deepEqual(parseAppctl(["-T"]), { target: "ovs-vswitchd", rest: ["-T"] });
});
