import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cidr } from "@antrea/net";
import { configureAgents, inPod, labForFile, ping, startPods } from "./support/cluster.ts";
import { datapath, datapathLine, needsUserspace } from "./support/datapath.ts";
import { dualStack } from "./support/dual-stack.ts";
import { keepFabricRoutes } from "./support/fabric-routes.ts";
import { askFor, switchTo, untilDone, untilStep } from "./support/mode-change.ts";
import { steadyPing } from "./support/steady-ping.ts";

/** Which way both IP families of Pods go, in each mode and over each transport network. */
const lab = labForFile("dual-paths", { ipFamily: "dual", mode: "hybrid", nodes: 3, subnets: 2 });

/** node-1 and node-2 share a subnet, node-3 is beyond the router. */
const pods = [
  { name: "here", node: "node-1" },
  { name: "here-too", node: "node-1" },
  { name: "near", node: "node-2" },
  { name: "far", node: "node-3" },
];
const { addressesOf, antctl, expectCarriers, expectTooBig, podCidrsOf } = dualStack(lab);

test("both IP families of Pods go one way: no wire on a Node, bare in a subnet, one tunnel across", async () => {
  await startPods(lab(), pods);
  await expectCarriers({ "here-too": [], near: ["bare"], far: ["geneve"] });
});

test("an IPv6 packet of the Pod's MTU passes every path whole", async () => {
  const mtu = Number(await inPod(lab(), "here", ["cat", "/sys/class/net/eth0/mtu"]));
  for (const to of ["here-too", "near", "far"]) {
    const [, ipv6] = await addressesOf(to);
    assert.equal(await ping(lab(), "here", ipv6, { sizeBytes: mtu - 48 }), 3, to);
  }
});

test("a live switch of mode and tunnel loses no packet of either IP family, deleted in the middle or not", async () => {
  const targets = [...(await addressesOf("near")), ...(await addressesOf("far"))];
  const echoes = await Promise.all(targets.map((address) => steadyPing(lab(), "here", address)));
  await switchTo(lab(), "encap", "vxlan");
  await expectCarriers({ near: ["vxlan"], far: ["vxlan"] });
  await askFor(lab(), "hybrid", "geneve");
  await untilStep(lab(), "some Nodes may send the new form", ["Send", "Retire", "Done"]);
  await lab().kubectl(["delete", "modechange", "antrea"]);
  await untilDone(lab(), "hybrid", "geneve");
  for (const [i, one] of echoes.entries()) {
    const { lost, account } = await one.stop();
    assert.deepEqual(lost, [], `${targets[i]}: ${account}`);
  }
  await expectCarriers({ near: ["bare"], far: ["geneve"] });
});

function configuration(mode: string, more = ""): string {
  return `trafficEncapMode: ${mode}\ntunnelType: geneve\n${datapathLine}${more}`;
}

const transport = {
  ipv4: 'transportInterfaceCIDRs: ["172.30.1.0/24", "172.30.2.0/24"]\n',
  ipv6: 'transportInterfaceCIDRs: ["fd00:172:30::/48"]\n',
} as const;

const oneFamily = needsUserspace("oneFamilyTransport");

test(
  "a transport network of IPv4 alone carries both IP families, and the change loses no packet of either",
  oneFamily,
  async () => {
    const targets = [...(await addressesOf("near")), ...(await addressesOf("far"))];
    const echoes = await Promise.all(targets.map((address) => steadyPing(lab(), "here", address)));
    await configureAgents(lab(), configuration("hybrid", transport.ipv4));
    for (const [i, one] of echoes.entries()) {
      const { lost, account } = await one.stop();
      assert.deepEqual(lost, [], `${targets[i]}: ${account}`);
    }
    await expectCarriers({ near: ["bare"], far: ["geneve"] });
  },
);

test("a transport network of IPv6 alone carries both IP families", oneFamily, async () => {
  await configureAgents(lab(), configuration("hybrid", transport.ipv6));
  await expectCarriers({ near: ["bare"], far: ["geneve"] });
});

/** A line that adds this route, by the peer's address of the same IP family. */
function missing(cidr: Cidr): RegExp {
  const via = cidr.includes(":") ? "fd00:172:30:2::a" : "172.30.2.10";
  return new RegExp(`ip route add ${cidr} via ${via}$`, "m");
}

test("noEncap routes both IP families once the fabric knows the Pod CIDRs, and hears its routers", async () => {
  await configureAgents(lab(), configuration("noEncap"));
  const checked = await antctl("check", "routes");
  for (const cidr of await podCidrsOf("node-3")) assert.match(checked, missing(cidr));
  const all = await Promise.all(lab().plan.nodes.map(({ name }) => podCidrsOf(name)));
  const networks = all.flat();
  {
    await using dry = await keepFabricRoutes(lab(), { networks, isDryRun: true });
    const { steps } = await dry.found;
    for (const cidr of networks) assert.ok(steps.some((step) => step.startsWith(`add ${cidr} `)));
    assert.deepEqual(await lab().fabric.listRoutes(), []);
  }
  await using kept = await keepFabricRoutes(lab(), { networks, isDryRun: false });
  assert.deepEqual(await kept.found, { isDryRun: false, steps: [], problems: [] });
  assert.match(await antctl("check", "routes"), /No route is missing/);
  await expectCarriers({ near: ["bare"], far: ["bare"] });
  for (const destination of await addressesOf("far")) await expectTooBig("subnet-2", destination);
});

/** With the kernel's datapath the uplink is the kernel's anyway, and the option is refused. */
const kernelUplink = datapath === "netdev" ? "uplinkPath: kernel\n" : "";

test("the host's stack refuses the IP family that Nodes have no common link of, and says so", async () => {
  await configureAgents(lab(), configuration("noEncap", `${kernelUplink}${transport.ipv4}`));
  const [ipv4, ipv6] = await addressesOf("near");
  assert.equal(await ping(lab(), "here", ipv4), 3);
  const said = await inPod(lab(), "here", ["sh", "-c", `ping -c 1 -W 2 ${ipv6} || true`]);
  assert.match(said, /Destination unreachable: No route/);
  const [, cidr] = await podCidrsOf("node-2");
  assert.match(await antctl("get", "nodes"), new RegExp(`node-2 .*; no way to ${cidr}: the host`));
});

test("where the host's stack carries direct traffic, each IP family has a route of its own", async () => {
  await configureAgents(lab(), configuration("noEncap", kernelUplink));
  await expectCarriers({ "here-too": [], near: ["bare"], far: ["bare"] });
  const [, near] = await podCidrsOf("node-2");
  const routes = await lab()
    .node("node-1")
    .exec(["ip", "-6", "route", "show", `${near}`]);
  assert.match(routes, / via fd00:172:30:1::b dev eth0 proto 167 /);
});
