import assert from "node:assert/strict";
import { test } from "node:test";
import { observedHost, route, routeProtocol } from "@antrea/linux";
import { parseCidr, parseIp } from "@antrea/net";
import { planBridge } from "@antrea/ovsdb";
import { fakeDatabase } from "@antrea/ovsdb/testing";
import { nodeLine } from "./follow-nodes.ts";
import { peerFlows } from "./peer-flows.ts";
import { planRoute } from "./plan-route.ts";
import { watchPorts } from "./watch-ports.ts";

test("peerFlows() tunnels across subnets in hybrid, and goes direct in noEncap", () => {
  assert.match(peerFlows("hybrid", "172.30.2.10/24"), /^# tunnel: different subnets.*[^]*tun_dst/);
  assert.match(peerFlows("noEncap", "172.30.2.10/24"), /^# direct: mode noEncap/);
  assert.match(peerFlows("hybrid", "172.30.1.11/24"), /^# direct: same subnet/);
});

test("planRoute() has one step for a route that is missing, and none for one that is there", () => {
  const [destination, via] = [parseCidr("10.244.9.0/24"), parseIp("192.0.2.7")];
  assert.ok(destination && via);
  const there = route({ destination, via, device: "eth0", protocol: routeProtocol.antrea });
  const plan = (routes: readonly (typeof there)[]) =>
    planRoute(observedHost({ routes }), destination, via, "eth0");
  assert.match(plan([]).join("\n"), /10\.244\.9\.0\/24.*192\.0\.2\.7/);
  assert.deepEqual(plan([there]), []);
});

test("watchPorts() tells the ports that are there, that come and that go", () => {
  const { replica, transact } = fakeDatabase();
  const bridge = (...ports: readonly string[]) =>
    transact(
      planBridge(replica, {
        bridge: { name: "br-int", datapathType: "netdev", failMode: "secure", protocols: [] },
        ports: new Map(ports.map((name) => [name, {}])),
        owns: () => true,
      }),
    );
  bridge("early");
  const lines: string[] = [];
  const stop = watchPorts(replica, (line) => lines.push(line));
  bridge("early", "late");
  bridge("late");
  stop();
  bridge();
  const told = lines.filter((line) => !line.includes("br-int")); // the bridge's own port
  assert.deepEqual(told, ["+ early", "+ late", "- early"]);
});

test("nodeLine() says what a Node lacks", () => {
  assert.equal(nodeLine({ metadata: { name: "node-1" } }), "node-1 at no address: no Pod CIDR");
});
