import assert from "node:assert/strict";
import { test } from "node:test";
import { cidrContains, type IpAddress, parseCidr } from "@antrea/net";
import fc from "fast-check";
import { resolveOptions } from "../options.ts";
import { machineSubnet } from "./address-plan.ts";
import { allHosts, allSubnets, namespacesOf, onSubnet, planLab } from "./lab-plan.ts";

const around = { stateRoot: "/state", runRoot: "/run/labs", machineAddresses: [] };
const plan = (request: Parameters<typeof resolveOptions>[0] = {}) =>
  planLab(resolveOptions(request), around);

test("planLab() deals Nodes to subnets in equal runs", () => {
  const placed = plan({ nodes: 5, subnets: 2 }).nodes.map((n) => `${n.name} ${n.address}`);
  assert.deepEqual(placed, [
    "node-1 172.30.1.10",
    "node-2 172.30.1.11",
    "node-3 172.30.1.12",
    "node-4 172.30.2.10",
    "node-5 172.30.2.11",
  ]);
});

const shapes = fc
  .record({
    nodes: fc.integer({ min: 1, max: 60 }),
    subnets: fc.integer({ min: 1, max: 16 }),
    ipFamily: fc.constantFrom("ipv4", "ipv6", "dual"),
  })
  .filter(({ nodes, subnets }) => subnets <= nodes);

test("planLab() gives no address, namespace or port twice, and every host an address of its subnet", () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const made = plan(shape);
      const families = shape.ipFamily === "dual" ? 2 : 1;
      const hosts = allHosts(made);
      const isUnique = (list: readonly string[]) => new Set(list).size === list.length;
      const routers = allSubnets(made).flatMap((s) => s.networks.map((n) => n.router));
      assert.ok(isUnique([...hosts.flatMap((h) => h.addresses), ...routers]));
      assert.ok(isUnique(namespacesOf(made)));
      assert.ok(isUnique([...hosts.map((h) => h.port), ...allSubnets(made).map((s) => s.name)]));
      assert.ok(hosts.every((h) => onSubnet(h.addresses, h.subnet).length === families));
      assert.ok(
        allSubnets(made).every((s) => made.nodes.length === 0 || s.networks.length === families),
      );
      assert.equal(made.nodes.length, shape.nodes);
      assert.equal(new Set(made.nodes.map((n) => n.subnet)).size, shape.subnets);
    }),
  );
});

test("planLab() makes device names that Linux accepts, and other ones for another lab", () => {
  const [a, b] = [plan({ name: "a" }), plan({ name: "a-b" })];
  for (const { machineLink, nodes } of [a, b]) {
    assert.ok(machineLink.device.length <= 15);
    assert.ok(nodes.every((n) => n.link.port.length <= 15));
  }
  assert.notEqual(a.machineLink.device, b.machineLink.device);
  assert.equal(namespacesOf(a).filter((n) => namespacesOf(b).includes(n)).length, 0);
});

test("machineSubnet() steps past addresses that the machine uses", () => {
  const first = machineSubnet(7, []);
  const used = first.replace("/30", "").replace(/\d+$/, (n) => String(Number(n) + 1)) as IpAddress;
  const second = machineSubnet(7, [used]);
  assert.notEqual(second, first);
  assert.ok(!cidrContains(second, used));
  const all = parseCidr("169.254.0.0/16");
  assert.ok(all && cidrContains(all, first.replace("/30", "") as IpAddress));
});
