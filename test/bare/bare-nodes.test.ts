import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parsePing, pingArgv } from "@antrea/lab";
import { type BareCluster, bareCluster } from "../support/bare-nodes.ts";
import { barePods } from "../support/bare-pods.ts";
import { eventually } from "../support/cluster.ts";
import { datapath, datapathLine } from "../support/datapath.ts";

/** Our programs on two Nodes without Kubernetes: what little says whether a datapath carries Pods. */
let cluster: BareCluster | undefined;
before(async () => {
  cluster = await bareCluster();
  await countOnFabric();
});
after(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

const lab = (): BareCluster => cluster ?? assert.fail("the Nodes have started");
const { pod, connect, echoes, reaches, lostDuring } = barePods();

const configuration = (mode: string, tunnel = "geneve"): string =>
  `trafficEncapMode: ${mode}\ntunnelType: ${tunnel}\n${datapathLine}`;

/** All Nodes at once: what they told each other before is not true any more until each has heard of the others. */
async function configureAll(config: string): Promise<void> {
  await Promise.all(lab().nodes.map((node) => node.configure(config)));
}

test("two Pods on two Nodes and one Node's two reach each other over tunnels, with both IP families", async () => {
  const [one, two] = lab().nodes;
  await configureAll(configuration("encap"));
  await connect("left", one);
  await connect("near", one);
  await connect("right", two);
  await eventually("the first echo is answered", async () => {
    const [to = ""] = pod("right").addresses;
    return (await echoes("left", to, { count: 1 })) === 1;
  });
  await reaches("left", "near");
  await reaches("left", "right");
  await reaches("right", "near");
});

test("packets of the Pods' MTU pass whole, and larger ones in fragments", async () => {
  for (const to of ["near", "right"])
    for (const sizeBytes of [1300, 4000]) await reaches("left", to, { sizeBytes });
});

/** Runs a program in a Pod for as long as `body` takes. */
async function beside<T>(name: string, program: string, body: () => Promise<T>): Promise<T> {
  const { node } = pod(name);
  const stop = `/run/stop-${name}`;
  const script = `${program} & p=$!; until [ -e ${stop} ]; do sleep 0.1; done; kill $p; wait`;
  const said = node.inPod(name, ["sh", "-c", script]);
  try {
    return await body();
  } finally {
    await node.exec(["touch", stop]);
    await said;
    await node.exec(["rm", stop]);
  }
}

/** A stream to each address of a Pod ends well there. */
async function streams(from: string, to: string): Promise<void> {
  const client = ["timeout", "20", "iperf3", "--bytes", "16M", "--json", "--client"] as const;
  await beside(to, "iperf3 --server >/dev/null", async () => {
    for (const address of pod(to).addresses) {
      let bytes = 0;
      let text = "";
      await eventually(`a stream of ${from} ends well at ${address}`, async () => {
        const said = await pod(from).node.attemptInPod(from, [...client, address]);
        text = said.stdout;
        if (said.exitCode !== 0) return false;
        const { end } = JSON.parse(text) as { end: { sum_received?: { bytes: number } } };
        bytes = end.sum_received?.bytes ?? 0; // a client that was told nothing of the end ends well too
        return end.sum_received !== undefined;
      }).catch((error: unknown) => assert.fail(`${String(error)}\n${text}`));
      // the server counts until it hears of the end: what both ends' buffers hold then, up to 10 MB, is not counted
      assert.ok(bytes > 1e6, `${address}: ${bytes} bytes`);
    }
  });
}

test("a stream of a Pod arrives at one of the same Node and of another", async () => {
  for (const to of ["near", "right"]) await streams("left", to);
});

/** What of the Pods' echoes was on the wire since the last look. */
async function carriersOf(to: string): Promise<readonly string[]> {
  await lab().onFabric(["nft", "reset", "counters", "table", "netdev", "seen"]);
  await reaches("left", to);
  const said = await lab().onFabric(["nft", "-j", "list", "counters", "table", "netdev", "seen"]);
  const { nftables } = JSON.parse(said) as {
    nftables: readonly { readonly counter?: { readonly name: string; readonly packets: number } }[];
  };
  return nftables.flatMap(({ counter }) => (counter && counter.packets > 0 ? [counter.name] : []));
}

async function countOnFabric(): Promise<void> {
  const kinds = {
    geneve: "udp dport 6081",
    vxlan: "udp dport 4789",
    gre: "meta l4proto gre",
    bare: "ip saddr 10.244.0.0/16 icmp type { echo-request, echo-reply }",
    bare6: "ip6 saddr fd00:10:244::/48 icmpv6 type { echo-request, echo-reply }",
  };
  const counters = Object.keys(kinds).map((kind) => `counter ${kind} { }`);
  const rules = Object.entries(kinds).map(([kind, match]) => `${match} counter name ${kind}`);
  const chain = ["type filter hook ingress devices = { node-1, node-2 } priority 0", ...rules];
  await lab().onFabric([
    "nft",
    `table netdev seen { ${counters.join("; ")}; chain wire { ${chain.join("; ")}; }; }`,
  ]);
}

const bothBare = ["bare", "bare6"];

for (const [mode, tunnel, carriers] of [
  ["encap", "geneve", ["geneve"]],
  ["encap", "vxlan", ["vxlan"]],
  ["encap", "gre", ["gre"]],
  ["hybrid", "geneve", bothBare],
  ["noEncap", "geneve", bothBare],
] as const)
  test(`${mode} with ${tunnel} carries Pods by ${carriers.join(" and ")} alone, and by no wire inside a Node`, async () => {
    await configureAll(configuration(mode, tunnel));
    assert.deepEqual(await carriersOf("right"), carriers);
    assert.deepEqual(await carriersOf("near"), []);
  });

for (const tunnel of ["geneve", "vxlan", "gre"])
  test(`${tunnel} over IPv6 carries both IP families of Pods`, async () => {
    const transport = 'transportInterfaceCIDRs: ["fd00:192:0:2::/64"]\n';
    await configureAll(`${configuration("encap", tunnel)}${transport}`);
    assert.deepEqual(await carriersOf("right"), [tunnel]);
  });

test("Pods reach the world outside as their Node, and the host reaches all Pods, of other Nodes too", async () => {
  const [one] = lab().nodes;
  for (const address of lab().outside) {
    await lab().onFabric(["nft", "reset", "counters", "table", "netdev", "seen"]);
    assert.equal(await echoes("left", address), 3, address);
  }
  const said = await lab().onFabric(["nft", "list", "counters", "table", "netdev", "seen"]);
  assert.doesNotMatch(said, /packets [1-9]/, "no packet with a Pod's source leaves the cluster");
  for (const to of ["left", "right"])
    for (const address of pod(to).addresses) {
      const { stdout } = await one.attempt(pingArgv(address, { withinSeconds: 10 }));
      assert.equal(parsePing(stdout).received, 3, `the host reaches ${to} at ${address}`);
    }
});

test("a Pod that takes another address than its own is answered by nobody", async () => {
  const { node } = pod("left");
  for (const [address, length] of [
    ["10.244.1.200", 24],
    ["fd00:10:244:1::200", 64],
  ] as const) {
    const own = `${address}/${length}`;
    await node.inPod("left", ["ip", "address", "add", own, "dev", "eth0"]);
    for (const to of ["near", "right"])
      for (const target of pod(to).addresses.filter(
        (one) => one.includes(":") === address.includes(":"),
      ))
        assert.equal(
          await echoes("left", target, { source: address, withinSeconds: 2 }),
          0,
          target,
        );
    await node.inPod("left", ["ip", "address", "delete", own, "dev", "eth0"]);
  }
  await reaches("left", "right");
});

for (const [from, mode] of [
  ["encap", "hybrid"],
  ["hybrid", "encap"],
  ["encap", "noEncap"],
] as const)
  test(`from ${from} to ${mode} the mode changes without a lost packet, one Node after the other`, async () => {
    await configureAll(configuration(from));
    await reaches("left", "right"); // the test before had another tunnel, over another link
    const lost = await lostDuring("left", "right", async () => {
      for (const node of lab().nodes) await node.configure(configuration(mode));
    });
    assert.deepEqual(lost, []);
  });

for (const mode of ["encap", "noEncap"])
  test(`ovs-vswitchd killed in ${mode}: Pods talk again by themselves`, async () => {
    await configureAll(configuration(mode));
    await reaches("left", "right");
    const [one] = lab().nodes;
    const lost = await lostDuring("left", "right", async () => {
      const before = (await one.exec(["cat", "/run/openvswitch/ovs-vswitchd.pid"])).trim();
      await one.exec(["kill", "-KILL", before]);
      await eventually("another one runs, with all flows", async () => {
        const flows = await one.attempt(["ovs-ofctl", "dump-flows", "br-int"]);
        const config = await one.attempt(["ovs-vsctl", "get", "Open_vSwitch", ".", "other_config"]);
        const isWhole = flows.stdout.split("\n").length > 40;
        return isWhole && config.exitCode === 0 && !config.stdout.includes("flow-restore-wait");
      });
    });
    console.log(
      `ovs-vswitchd killed in ${mode}, one echo each 20 ms: lost ${lost.join(", ") || "none"}`,
    );
    // the kernel goes on with its flows; only tunnels' devices are made anew
    if (datapath === "system" && mode === "noEncap") assert.deepEqual(lost, []);
  });

test("antctl get agentinfo tells the datapath in force, and what it does not do", async () => {
  const [one] = lab().nodes;
  const info = JSON.parse(await one.antctl(["get", "agentinfo", "-o", "json"])) as {
    ovsInfo: { datapathType: string; datapathLimits: readonly string[] };
    agentConditions: readonly { type: string; status: string }[];
  };
  assert.equal(info.ovsInfo.datapathType, datapath);
  const limits = info.ovsInfo.datapathLimits.join("\n");
  const wanted = { netdev: /cut off until its flows are back/, system: /not answered by flows/ };
  assert.match(limits, wanted[datapath]);
  const { status } =
    info.agentConditions.find(({ type }) => type === "DatapathAsConfigured") ?? assert.fail();
  assert.equal(status, "True");
});

if (datapath === "system")
  test("a Node that goes to the userspace datapath, and back, keeps its Pods", async () => {
    const [one, two] = lab().nodes;
    await two.configure(configuration("encap"));
    await one.configure("trafficEncapMode: encap\novsDatapathType: netdev\n");
    await reaches("left", "right");
    for (const to of ["near", "right"]) await streams("left", to);
    await streams("right", "left");
    await connect("early", one);
    await one.configure(configuration("encap"));
    await reaches("early", "right");
    await reaches("right", "early");
    await reaches("left", "early");
    await streams("left", "early");
    await streams("early", "right");
  });
