import assert from "node:assert/strict";
import { test } from "node:test";
import { type HostNetwork, isEmptyHostChange } from "@antrea/linux";
import { hostNetwork } from "@antrea/linux/io";
import { testNamespace } from "@antrea/linux/testing";
import { hostWriter } from "./host-writer.ts";
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

test("hostWriter() asks the kernel nothing where an owner wants what it has confirmed", async () => {
  using namespace = testNamespace();
  const network = hostNetwork({ netnsPath: namespace.path });
  let looks = 0;
  const observe: HostNetwork["observe"] = (options) => {
    looks++;
    return network.observe(options);
  };
  let offloads = {};
  const writer = hostWriter({
    network: { ...network, observe },
    ownDevices: [],
    offloads: () => offloads,
    now: () => performance.now(),
  });
  const forwarding = (value: string) => ({ sysctls: { "net/ipv4/ip_forward": value } });
  await Promise.all([writer.realize("a", forwarding("1")), writer.realize("b", {})]);
  await writer.realize("a", forwarding("1"));
  await writer.realize("b", {});
  assert.equal(looks, 1);
  await writer.realize("a", forwarding("0"));
  assert.equal(namespace.run("cat", "/proc/sys/net/ipv4/ip_forward").trim(), "0");
  offloads = { lo: { gro: true } };
  await writer.realize("a", forwarding("0"));
  assert.equal(looks, 3, "devices are meant to be otherwise");
  await writer.release("a");
  await writer.realize("a", forwarding("1"));
  assert.equal(namespace.run("cat", "/proc/sys/net/ipv4/ip_forward").trim(), "1");
  for (const again of ["refused", "and tried anew"])
    await assert.rejects(
      writer.realize("b", { sysctls: { "net/ipv4/conf/lo/proxy_arp": "?" } }),
      again,
    );
});
