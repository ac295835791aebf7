import assert from "node:assert/strict";
import { test } from "node:test";
import { type NetworkSettings, networkSettingsOf, parseAgentConfig } from "@antrea/api";
import type { IpFamily } from "@antrea/net";
import { mac, sharedSettings } from "@antrea/pipeline/testing";
import { assignTunnelPorts, assignUplinkPorts, desiredBridge } from "./desired-bridge.ts";

function ports(config: string, datapathType: "system" | "netdev", tunnelFamily: IpFamily) {
  const read = parseAgentConfig(config, "antrea-agent.conf", {
    allowNoEncapWithoutAntreaProxy: true,
  });
  assert.equal(read.kind, "accepted");
  return desiredBridge({
    config: read.config,
    accepted: [networkSettingsOf(read.config)],
    tunnelPorts: new Map(),
    gatewayMac: mac("0a:00:00:00:00:01"),
    transportDevices: ["eth0"],
    uplinkPorts: new Map(),
    mtu: 1450,
    datapathType,
    tunnelFamily,
    podPorts: new Map(),
  }).ports;
}

test("desiredBridge() shares the uplink with the userspace datapath alone, and has the tunnel in every mode", () => {
  for (const mode of ["encap", "hybrid", "noEncap"]) {
    const names = (type: "system" | "netdev") => [
      ...ports(`trafficEncapMode: ${mode}\n`, type, "ipv4").keys(),
    ];
    assert.deepEqual(names("netdev"), ["antrea-gw0", "antrea-tun0", "eth0"]);
    assert.deepEqual(names("system"), ["antrea-gw0", "antrea-tun0"]);
  }
});

test("desiredBridge() gives the kernel's tunnel the device of the outer packets' IP family", () => {
  const tunnel = (config: string, type: "system" | "netdev", family: IpFamily) => {
    const port = ports(config, type, family).get("antrea-tun0");
    return [port?.interfaceType, port?.otherConfig?.["datapath-device"]];
  };
  assert.deepEqual(tunnel("tunnelType: gre\n", "system", "ipv6"), ["ip6gre", "ip6gre_sys"]);
  assert.deepEqual(tunnel("tunnelType: gre\n", "system", "ipv4"), ["gre", "gre_sys"]);
  assert.deepEqual(tunnel("tunnelType: gre\n", "netdev", "ipv6"), ["gre", "gre_sys"]);
  assert.deepEqual(tunnel("tunnelType: geneve\n", "system", "ipv6"), ["geneve", "genev_sys_6081"]);
  assert.deepEqual(tunnel("tunnelType: vxlan\ntunnelPort: 8472\n", "system", "ipv4"), [
    "vxlan",
    "vxlan_sys_8472",
  ]);
});

test("assignTunnelPorts() lets a form keep its port, and gives a new one a free name", () => {
  const settings = (tunnelType: NetworkSettings["tunnelType"]) =>
    sharedSettings("encap", tunnelType);
  const only = assignTunnelPorts([settings("geneve")], new Map());
  assert.deepEqual([...only], [["geneve:6081", "antrea-tun0"]]);
  const both = assignTunnelPorts([settings("geneve"), settings("vxlan")], only);
  assert.deepEqual(
    [...both].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    [
      ["geneve:6081", "antrea-tun0"],
      ["vxlan:4789", "antrea-tun1"],
    ],
  );
  const after = assignTunnelPorts([settings("vxlan")], both);
  assert.deepEqual([...after], [["vxlan:4789", "antrea-tun1"]]);
  const back = assignTunnelPorts([settings("vxlan"), settings("gre")], after);
  assert.equal(back.get("gre"), "antrea-tun0");
});

test("assignUplinkPorts() lets a link keep its port's number, and gives a new one a free number", () => {
  const only = assignUplinkPorts(["eth0"], new Map());
  assert.deepEqual([...only], [["eth0", 32770]]);
  const both = assignUplinkPorts(["eth1", "eth0"], only);
  assert.deepEqual(
    [...both],
    [
      ["eth1", 32773],
      ["eth0", 32770],
    ],
  );
  const other = assignUplinkPorts(["eth1"], both);
  assert.deepEqual([...other], [["eth1", 32773]]);
  assert.equal(assignUplinkPorts(["eth1", "eth0"], other).get("eth0"), 32770);
});
