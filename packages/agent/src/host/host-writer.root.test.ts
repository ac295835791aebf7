import assert from "node:assert/strict";
import { test } from "node:test";
import { isEmptyHostChange } from "@antrea/linux";
import { testNamespace } from "@antrea/linux/testing";
import { hostIn } from "../policy/testing/host-in.ts";

test("hostWriter() does not take for what others did what is still on its way when it compares", async () => {
  using namespace = testNamespace();
  const writer = await hostIn(namespace);
  const comparing = [writer.resync(), writer.resync()];
  const sysctls = { "net/ipv4/ip_forward": "1" };
  await writer.realize("somebody", { sysctls });
  for (const found of await Promise.all(comparing)) assert.ok(found && isEmptyHostChange(found));
  assert.equal(namespace.run("cat", "/proc/sys/net/ipv4/ip_forward").trim(), "1");

  namespace.run("sysctl", "-qw", "net.ipv4.ip_forward=0");
  const found = await writer.resync();
  assert.ok(found && !isEmptyHostChange(found), "what others did is found");
});
