import assert from "node:assert/strict";
import { test } from "node:test";
import { cidr, link } from "@antrea/pipeline/testing";
import { type DatapathFacts, datapathLimits, withoutEffect } from "./datapath-limits.ts";

function node(
  datapathType: DatapathFacts["datapathType"],
  more: Partial<DatapathFacts["config"]> = {},
): DatapathFacts {
  return {
    datapathType,
    config: {
      trafficEncapMode: "encap",
      pathSelection: "subnet",
      userspaceTSO: false,
      ovs: { hwOffload: false },
      ...more,
    },
    podCidrs: [cidr("10.244.1.0/24")],
    transport: { addresses: [link("172.30.1.10/24")] },
  };
}

test("datapathLimits() has none for the kernel's datapath where all goes by IPv4 tunnels", () => {
  assert.deepEqual(datapathLimits(node("system")), []);
});

test("datapathLimits() say what the kernel's datapath does otherwise with IPv6 and with direct traffic", () => {
  const dual = { podCidrs: [cidr("10.244.1.0/24"), cidr("fd00:10:244:1::/64")] };
  const tunnelled = datapathLimits({ ...node("system"), ...dual });
  assert.equal(tunnelled.length, 1);
  assert.match(tunnelled[0] ?? "", /^Neighbour solicitations .* not answered by flows/);

  const direct = datapathLimits({ ...node("system", { trafficEncapMode: "hybrid" }), ...dual });
  assert.match(direct[1] ?? "", /^Direct paths are not measured/);
  assert.match(direct[2] ?? "", /do not check which Node sent them/);
  assert.match(direct[3] ?? "", /^Un-encapsulated IPv6 goes nowhere/);
  assert.equal(direct.length, 4);
});

test("datapathLimits() say what the userspace datapath does not do, whatever the mode", () => {
  const said = datapathLimits(node("netdev"));
  assert.match(said.join("\n"), /starts anew, Pods are cut off[^]*not handed to NICs/);
});

test("withoutEffect() names the options of the other datapath that are set", () => {
  const all = { userspaceTSO: true, ovs: { hwOffload: true } };
  assert.deepEqual(withoutEffect(node("system", all)), ["userspaceTSO"]);
  assert.deepEqual(withoutEffect(node("netdev", all)), ["ovs.hwOffload"]);
  assert.deepEqual(withoutEffect(node("netdev")), []);
  const measured = { trafficEncapMode: "hybrid", pathSelection: "measured" } as const;
  assert.deepEqual(withoutEffect(node("system", measured)), ["pathSelection measured"]);
  assert.deepEqual(withoutEffect(node("netdev", measured)), []);
  assert.match(withoutEffect(node("system", { trafficEncapMode: "auto" })).join(), /as hybrid/);
});
