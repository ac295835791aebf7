import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIp } from "@antrea/net";
import type { UnixctlCommand } from "@antrea/ovsdb/io";
import { parseTunnelRoutes, type TunnelRoute, tunnelRouteRealizer } from "./tunnel-routes.ts";

const { signal } = new AbortController();

function to(destination: string): TunnelRoute {
  const address = parseIp(destination);
  assert.ok(address);
  return { destination: address, device: "eth0" };
}

/** A control socket that prints this table of routes, whatever it is told, and what it was told. */
function controlThatPrints(table: string) {
  const told: (readonly UnixctlCommand[])[] = [];
  const control = {
    call: async () => table,
    callAll: async (commands: readonly UnixctlCommand[]) => {
      told.push(commands);
      return commands.map(() => "OK\n");
    },
  };
  return { control, told };
}

test("removing a route tells this Node's own end once more, in the same go", async () => {
  const { control, told } = controlThatPrints("Route Table:\n");
  const own = to("172.30.1.10");
  const routes = tunnelRouteRealizer(control, () => [own], signal);
  await routes.realize("node", [own]);
  await routes.realize("peer", [to("172.30.1.11")]);
  await routes.release("peer");
  assert.deepEqual(told, [
    [["ovs/route/add", "172.30.1.10/32", "eth0"]],
    [["ovs/route/add", "172.30.1.11/32", "eth0"]],
    [
      ["ovs/route/del", "172.30.1.11/32"],
      ["ovs/route/add", "172.30.1.10/32", "eth0"],
    ],
  ]);
});

test("a route that was told while this Node had another address is told anew", async () => {
  const { control, told } = controlThatPrints(`Route Table:
User: 172.30.1.10/32 dev eth0 SRC 172.30.1.10
User: 172.30.1.11/32 dev eth0 SRC 172.30.1.9
User: 172.30.1.12/32 dev eth0 SRC 172.30.1.10
`);
  const own = to("172.30.1.10");
  const routes = tunnelRouteRealizer(control, () => [own], signal);
  await routes.realize("node", [own]);
  await routes.realize("peers", [to("172.30.1.11"), to("172.30.1.12")]);
  assert.deepEqual(told, [[["ovs/route/add", "172.30.1.11/32", "eth0"]]]);
});

test("parseTunnelRoutes() reads what was told of single addresses, and nothing else", () => {
  const printed = `Route Table:
Cached: 172.30.1.10/32 dev eth0 SRC 172.30.1.10 local
Cached: 0.0.0.0/0 dev eth0 GW 172.30.1.1 SRC 172.30.1.10
User: 172.30.1.10/32 dev eth0 SRC 172.30.1.10
User: 172.30.2.10/32 dev eth0 GW 172.30.1.1 SRC 172.30.1.10
User: fd00::2/128 dev eth0 SRC fd00::1
User: 10.0.0.0/8 dev eth0 GW 172.30.1.1 SRC 172.30.1.10
User: 192.0.2.1/32 MARK 5 dev eth0 SRC 172.30.1.10
`;
  assert.deepEqual(parseTunnelRoutes(printed), [
    { destination: "172.30.1.10", device: "eth0", source: "172.30.1.10" },
    { destination: "172.30.2.10", device: "eth0", via: "172.30.1.1", source: "172.30.1.10" },
    { destination: "fd00::2", device: "eth0", source: "fd00::1" },
  ]);
});
