import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { addPodRoutes } from "@antrea/lab";
import { antctl } from "./support/antctl.ts";
import {
  agentPod,
  configureAgents,
  eventually,
  inAgent,
  isModeSettled,
  labForFile,
  setAgentConfig,
  startPods,
} from "./support/cluster.ts";
import { datapath, datapathLine, needsUserspace } from "./support/datapath.ts";
import { countDrops } from "./support/drops.ts";
import { dualStack } from "./support/dual-stack.ts";
import { fabricFault } from "./support/fabric-filter.ts";
import { assertNothingLost, startLoad } from "./support/load.ts";
import { changeTo as changeConfig, seenChange } from "./support/mode-change.ts";
import { tracesOf } from "./support/node-state.ts";
import { carriersOf } from "./support/path.ts";
import { connectPods } from "./support/plugin-pods.ts";
import { addSecondLink, ipIn, secondLinkOf } from "./support/second-link.ts";
import { steadyPing } from "./support/steady-ping.ts";

/** The link between Nodes changes while they run: eth0, beyond whose router node-3 is, and eth1, which joins all. */
const lab = labForFile("linkchange", { ipFamily: "dual", mode: "encap", nodes: 3, subnets: 2 });
const { addressesOf, antctl: antctlThere } = dualStack(lab);

test("Nodes get a second link, and go on as they are", async () => {
  await addSecondLink(lab(), { hasIpv6: true });
  // it goes down in a test below, and IPv6 addresses would go with it
  for (const { name } of lab().plan.nodes)
    await lab().node(name).exec(["sysctl", "-qw", "net.ipv6.conf.eth1.keep_addr_on_down=1"]);
  await addPodRoutes(lab());
  await startPods(lab(), [
    { name: "here", node: "node-1" },
    { name: "near", node: "node-2" },
    { name: "far", node: "node-3" },
  ]);
});

test("antctl plan finds a firewall between Nodes that drops another tunnel, before anything is changed", async () => {
  const problems = async (...asked: readonly string[]) => {
    const { out, err } = await antctl(lab(), "machine", ["plan", ...asked, "-o", "json"]);
    assert.notEqual(out, "", err);
    const rows = JSON.parse(out) as readonly { node: string; problems: readonly string[] }[];
    return rows.flatMap((row) => row.problems.map((problem) => `${row.node}: ${problem}`));
  };
  const tunnels = [
    { type: "vxlan", match: "udp dport 4789", carrier: "UDP port 4789" },
    { type: "gre", match: "ip protocol gre", carrier: "IP protocol 47 \\(GRE\\)" },
  ];
  for (const { type, match, carrier } of tunnels) {
    const fault = await fabricFault(lab(), { from: "node-2", match });
    try {
      const [found, ...others] = await problems("--tunnel-type", type);
      assert.match(
        found ?? "",
        new RegExp(
          `^node-2: tunnels would not pass: ${carrier} does not reach (?:node-1, node-3|node-3, node-1),`,
        ),
      );
      assert.deepEqual(others, [], "the others' packets pass");
      assert.deepEqual(await problems("--tunnel-port", "7000"), []);
    } finally {
      await fault.end();
    }
    assert.deepEqual(await problems("--tunnel-type", type), []);
  }
});

const agentIds = () =>
  lab().kubectl([
    ...["-n", "kube-system", "get", "pods", "-l", "component=antrea-agent"],
    ...["-o", "jsonpath={.items[*].metadata.uid}"],
  ]);

const configured = (mode: string, tunnel: string, link: string): string =>
  `trafficEncapMode: ${mode}\ntunnelType: ${tunnel}\n${datapathLine}${link}`;

/** Edits the ConfigMap, and resolves with the milliseconds until all Nodes have it behind them. */
const changeTo = (mode: string, tunnel: string, link: string): Promise<number> =>
  changeConfig(lab(), configured(mode, tunnel, link));

/** What carries echoes of both IP families from `here` over the fabric's ends of both links of node-1. */
async function carriedBy(to: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const [here, there] = [await addressesOf("here"), await addressesOf(to)];
  const over = async (device: string): Promise<readonly string[]> => {
    const echo = (family: 0 | 1) => {
      const from = { name: "here", address: here[family] };
      return carriersOf(lab(), { from, to: there[family], device });
    };
    const [ipv4, ipv6] = await Promise.all([echo(0), echo(1)]);
    assert.deepEqual(ipv4, ipv6, `both IP families to ${to} over ${device}`);
    return ipv4;
  };
  const [eth0, eth1] = await Promise.all([over("node-1"), over(secondLinkOf("node-1"))]);
  return { eth0, eth1 };
}

type Carried = { readonly eth0?: string; readonly eth1?: string };

/** Checks it; where probes have to prove a path, in the end. */
async function expectCarried(to: string, { eth0, eth1 }: Carried): Promise<void> {
  const one = (carrier: string | undefined) => (carrier === undefined ? [] : [carrier]);
  const wanted = { eth0: one(eth0), eth1: one(eth1) };
  let seen: unknown;
  await eventually("echoes go as meant", async () => {
    seen = await carriedBy(to);
    return isDeepStrictEqual(seen, wanted);
  }).catch(() => assert.deepEqual(seen, wanted, to));
}

/** Echoes of both IP families all the time, near and far. */
async function steadyEchoes(everyMs: number) {
  const pairs = [
    ["here", "near"],
    ["here", "far"],
    ["far", "near"],
  ] as const;
  const drops = await countDrops(lab());
  const echoes = await Promise.all(
    pairs.flatMap(([from, to]) =>
      [0, 1].map(async (family) => {
        const address = (await addressesOf(to))[family] ?? assert.fail();
        return { address, echo: await steadyPing(lab(), from, address, { everyMs }) };
      }),
    ),
  );
  return {
    /** Ends them, checks that none was lost, and says so. */
    async stop(): Promise<string> {
      const ended = await Promise.all(
        echoes.map(async ({ address, echo }) => ({ address, ...(await echo.stop()) })),
      );
      const dropped = await drops.stop();
      for (const { address, lost, account } of ended)
        assert.deepEqual(lost, [], `${address}: ${account}; dropped meanwhile: ${dropped}`);
      return ended.map(({ account }) => account).join("; ");
    },
  };
}

const eth1Addresses = [11, 12, 13].flatMap((at) => [`172.29.0.${at}`, `fd00:172:29::${at}`]);
const byName = "transportInterface: eth1\n";
const byIpv4 = 'transportInterfaceCIDRs: ["172.29.0.0/16"]\n';
const byIpv6 = 'transportInterfaceCIDRs: ["fd00:172:29::/48"]\n';

/** Probes go by the bridge, as does the resolving of neighbours. */
const bridgeAlone = needsUserspace("sharedUplink");

for (const [mode, tunnel, link, near, far] of [
  ["encap", "geneve", byName, { eth1: "geneve" }, { eth1: "geneve" }],
  ["hybrid", "geneve", "", { eth0: "bare" }, { eth0: "geneve" }],
  ["hybrid", "geneve", byName, { eth1: "bare" }, { eth1: "bare" }],
  ["encap", "vxlan", "", { eth0: "vxlan" }, { eth0: "vxlan" }],
  ["encap", "geneve", byIpv4, { eth1: "geneve" }, { eth1: "geneve" }],
  ["encap", "geneve", byIpv6, { eth1: "geneve" }, { eth1: "geneve" }],
  ["noEncap", "geneve", "", { eth0: "bare" }, { eth0: "bare" }],
  ["noEncap", "geneve", byName, { eth1: "bare" }, { eth1: "bare" }],
  ["auto", "geneve", "", { eth0: "bare" }, { eth0: "bare" }],
  ["auto", "geneve", byIpv6, { eth1: "bare" }, { eth1: "bare" }],
  ["encap", "geneve", "", { eth0: "geneve" }, { eth0: "geneve" }],
] as const)
  test(
    `the ConfigMap changes the link of running Nodes to ${mode}, ${tunnel}, ${link.trim() || "their own addresses"}, and no packet is lost`,
    mode === "auto" ? bridgeAlone : {},
    async (t) => {
      const agents = await agentIds();
      const echoes = await steadyEchoes(4);
      const tookMs = await changeTo(mode, tunnel, link);
      t.diagnostic(`${Math.round(tookMs)} ms; ${await echoes.stop()}`);
      await expectCarried("near", near);
      await expectCarried("far", far);
      assert.equal(await agentIds(), agents, "the agents are the same");
    },
  );

test("a rolling restart with another link in the ConfigMap, as the guide does it, loses no packet", async (t) => {
  for (const link of [byName, ""]) {
    const echoes = await steadyEchoes(10);
    await configureAgents(lab(), configured("encap", "geneve", link));
    t.diagnostic(await echoes.stop());
  }
});

test("what is left of a link that is retired is nothing: neither a flow, nor a port, nor a rule", async () => {
  await changeTo("encap", "geneve", byName);
  await changeTo("encap", "geneve", "");
  for (const node of ["node-1", "node-2", "node-3"]) {
    const ports = () => inAgent(lab(), node, "antrea-ovs", ["ovs-vsctl", "list-ports", "br-int"]);
    await eventually(
      `the bridge of ${node} gives it up`,
      async () => !/^eth1$/m.test(await ports()),
    );
    await eventually(
      `${node} forgets it`,
      async () => (await tracesOf(lab(), node, eth1Addresses)).length === 0,
    );
    assert.equal(/^eth0$/m.test(await ports()), datapath === "netdev");
  }
});

test("a link that no Node has holds the change at its first step, and a ConfigMap that is put right ends it", async () => {
  const echoes = await steadyEchoes(4);
  await setAgentConfig(lab(), configured("encap", "geneve", "transportInterface: nowhere\n"));
  await eventually("all Nodes say what they lack", async () => {
    const { step, waiting } = await seenChange(lab());
    const lacking = waiting.filter(({ reason }) => reason.includes('no interface "nowhere"'));
    return step === "Accept" && lacking.length === lab().plan.nodes.length;
  });
  await changeTo("encap", "geneve", "");
  await echoes.stop();
  await expectCarried("far", { eth0: "geneve" });
});

test("a link that a Node does not have holds the change at its first step, says so, and nothing is lost", async () => {
  const echoes = await steadyEchoes(4);
  const node = lab().node("node-2");
  await node.exec(["ip", "link", "set", "eth1", "down"]);
  await node.exec(["ip", "link", "set", "eth1", "name", "gone1"]);
  await setAgentConfig(lab(), configured("encap", "geneve", byName));
  await eventually("node-2 says what it lacks", async () => {
    const { step, waiting } = await seenChange(lab());
    const said = waiting.find(({ nodeName }) => nodeName === "node-2")?.reason ?? "";
    return step === "Accept" && said.includes('There is no interface "eth1"');
  });
  await node.exec(["ip", "link", "set", "gone1", "name", "eth1"]);
  await node.exec(["ip", "link", "set", "eth1", "up"]);
  await eventually("the change goes on by itself", () => isModeSettled(lab()));
  await echoes.stop();
  await expectCarried("far", { eth1: "geneve" });
});

test(
  "a link that fails can be left: the change does not wait for who is silent there",
  bridgeAlone,
  async () => {
    await changeTo("hybrid", "geneve", byName);
    const { fabricNamespace } = lab().plan;
    const cable = (state: string) =>
      ipIn(lab())(fabricNamespace, "link", "set", secondLinkOf("node-2"), state);
    await cable("down");
    try {
      const node = lab().node("node-1");
      // the kernel believes in whom it has heard of for up to a minute
      await node.exec(["ip", "neighbour", "delete", "172.29.0.12", "dev", "eth1"]);
      await eventually("node-2 is silent there", async () =>
        (await node.exec(["ip", "neighbour", "show", "172.29.0.12"])).includes("FAILED"),
      );
      // an agent that starts now has never heard of it
      const agent = await agentPod(lab(), "node-1");
      await lab().kubectl(["-n", "kube-system", "delete", "pod", agent]);
      const waits = /node-2 .*waiting for the Ethernet address of 172\.29/;
      await eventually("node-1 waits for node-2 there", async () =>
        waits.test(await antctlThere("get", "nodes")),
      );
      await changeTo("hybrid", "geneve", "");
      await expectCarried("near", { eth0: "bare" });
    } finally {
      await cable("up");
    }
  },
);

test("ten changes of the link under load break no connection and lose no datagram", async (t) => {
  const talks = [
    { node: "node-1", pod: "many-1", to: "node-2", toPod: "many-1" },
    { node: "node-2", pod: "many-2", to: "node-3", toPod: "many-1" },
    // the Nodes' own packets share the link that the bridge takes in and lets go
    { node: "node-3", to: "node-1", hz: 200 },
  ];
  for (const { name } of lab().plan.nodes) await connectPods(lab(), name, 2);
  const load = await startLoad(lab(), talks, { hz: 1000, connections: 10 });
  const times: number[] = [];
  for (let i = 0; i < 10; i++) {
    const mode = i % 4 < 2 ? "encap" : "hybrid";
    times.push(await changeTo(mode, "geneve", i % 2 === 0 ? "" : byName));
  }
  const end = await load.stop();
  t.diagnostic(
    `${times.map((ms) => Math.round(ms)).join(", ")} ms, ${end.overruns} frames overrun`,
  );
  for (const report of end.reports) t.diagnostic(JSON.stringify(report));
  assertNothingLost(end, talks);
});
