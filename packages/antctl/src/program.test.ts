import assert from "node:assert/strict";
import { test } from "node:test";
import type { NetworkSettings } from "@antrea/api";
import type { NodePlan } from "@antrea/api/local-api";
import { checkExamples } from "@antrea/command/testing";
import { antctl } from "./program.ts";
import { antctlReference } from "./reference.ts";
import { fakeNode } from "./testing/fake-agent.ts";
import { type AntctlRun, type FakeSetting, runAntctl } from "./testing/run-antctl.ts";

const nodes = [fakeNode(1, 1), fakeNode(2, 1), fakeNode(3, 2)];
const inAgent: FakeSetting = { place: "agent", nodes };
const inController: FakeSetting = { place: "controller", nodes };
const outside: FakeSetting = { place: "outside", nodes };
const noEncap = { mode: "noEncap" } as const;

const ok = (run: AntctlRun): string => {
  assert.deepEqual([run.code, run.err], [0, ""], run.out);
  return run.out;
};
const json = (run: AntctlRun): unknown => JSON.parse(ok(run));

test("antctl understands every example of its help", () => {
  checkExamples(antctl);
});

test("antctl get agentinfo has the mode in force on a line of its own, once", async () => {
  const yaml = ok(await runAntctl(inAgent, "get agentinfo -o yaml"));
  assert.deepEqual(
    yaml.split("\n").filter((line) => line.includes("trafficEncapMode")),
    ["trafficEncapMode: hybrid"],
  );
  assert.match(yaml, /^networkInfo:\n {2}podMTU: 1450$/m);
});

test("antctl get agentinfo asks the agent in its Pod, and reads the objects elsewhere", async () => {
  assert.match(
    ok(await runAntctl(inAgent, "get ai")),
    /^POD .*\nkube-system\/antrea-agent-1 +node-1 +Healthy +hybrid/,
  );
  for (const setting of [outside, inController]) {
    assert.equal(ok(await runAntctl(setting, "get agentinfo")).split("\n").length, 1 + 3 + 1);
  }
  const one = json(await runAntctl(outside, "get agentinfo node-2 -o json")) as { name: string };
  assert.equal(one.name, "node-2");
  assert.deepEqual(await runAntctl(outside, "get agentinfo node-9"), {
    code: 1,
    out: "",
    err: "antctl: There is no AntreaAgentInfo of a Node node-9. There are node-1, node-2, node-3.\n",
  });
});

test("antctl says where to run it when a program's Pod may not look at the other's", async () => {
  const commands = ["get nodes", "get pi", "get of", "check routes", "check connectivity"];
  for (const command of [...commands, "trace-packet -S web -D 1.1.1.1"]) {
    const { code, err } = await runAntctl(inController, command);
    assert.equal(code, 1, command);
    assert.match(err, /^antctl: In the controller's Pod antctl cannot ask agents: .* kubeconfig/);
  }
  const { code, err } = await runAntctl(inAgent, "get controllerinfo");
  assert.equal(code, 1);
  assert.match(err, /^antctl: In an agent's Pod antctl cannot ask the controller: .* kubeconfig/);
});

test("antctl get controllerinfo prints the controller, in its Pod and outside", async () => {
  for (const setting of [outside, inController]) {
    const out = ok(await runAntctl(setting, "get ci"));
    assert.match(out, /kube-system\/antrea-controller-0 .* Healthy +2 /);
  }
});

test("antctl get networkpolicy says what Nodes enforce, and how far it is in force", async () => {
  const own = ok(await runAntctl(inAgent, "get networkpolicy deny-all"));
  assert.match(own, /AntreaClusterNetworkPolicy:deny-all +250 +5 +2 +3 +3/);
  assert.doesNotMatch(ok(await runAntctl(inAgent, "get networkpolicy other")), /deny-all/);
  assert.match(ok(await runAntctl(inAgent, "get netpol -p shop/web-1")), /deny-all/);
  assert.match(ok(await runAntctl(outside, "get appliedtogroup")), /node-2 +g-1 +shop\/web-1/);
  assert.match(ok(await runAntctl(inAgent, "get addressgroups g-2")), /g-2 +shop\/cart-0/);
});

test("antctl get networkpolicy prints what the controller has computed, in its Pod and where it is asked for", async () => {
  const source = { kind: "AntreaNetworkPolicy", namespace: "shop", name: "web", uid: "u" } as const;
  const policy = {
    ...{ uid: "u", source, generation: 4, tierPriority: 250, priority: 5 },
    ...{ isolates: [], appliedToGroups: ["g"], rules: [] },
  };
  const pod = { namespace: "shop", name: "web-1" };
  const group = { name: "g", members: [{ pod, ips: [], ports: [] }] };
  const computed = { networkpolicies: [policy], appliedtogroups: [group] };
  for (const [setting, option] of [
    [outside, " --computed"],
    [inController, ""],
  ] as const) {
    const ask = async (line: string) =>
      ok(await runAntctl({ ...setting, computed }, line + option));
    const all = await ask("get netpol -S web -n shop -T ANNP --sort-by effectivePriority");
    assert.match(all, /^NAME +SOURCE +TIER +PRIORITY +RULES +GENERATION$/m);
    assert.match(all, /^u +AntreaNetworkPolicy:shop\/web +250 +5 +0 +4$/m);
    assert.doesNotMatch(await ask("get netpol -T ACNP"), /shop/);
    assert.match(await ask("get netpol -p shop/web-1"), /:shop\/web/);
    assert.doesNotMatch(await ask("get netpol -p shop/web-2"), /:shop\/web/);
    assert.match(await ask("get atg g"), /^g +shop\/web-1$/m);
  }
  const both = await runAntctl(outside, "get netpol --computed --node node-1");
  assert.match(both.err, /leave --node out/);
  assert.match((await runAntctl(inAgent, "get netpol --computed")).err, /the controller/);
});

test("antctl query endpoint says which policies concern a Pod, in the controller's Pod and outside", async () => {
  for (const setting of [outside, inController]) {
    const out = ok(await runAntctl(setting, "query endpoint -p web-1 -n shop"));
    assert.match(out, /^for it +AntreaClusterNetworkPolicy:deny-all +-$/m);
    assert.match(out, /^from it +AntreaClusterNetworkPolicy:deny-all +ingress 1 no-web$/m);
  }
  const gone = await runAntctl(inController, "query endpoint -p ghost");
  assert.match(gone.err, /There is no Pod default\/ghost/);
});

test("antctl get paths says the way to each Node, and what was measured of it", async () => {
  const own = ok(await runAntctl(inAgent, "get paths"));
  assert.match(own, /^NODE +PATH +REASON +SINCE +LATENCY +LOSS +MTU/);
  assert.match(own, /^node-1 +local +this Node/m);
  assert.match(own, /^node-2 +direct +same subnet +2026\S+ +0\.31 ms +0 % +1450/m);
  assert.match(own, /^node-3 +tunnel +different subnets/m);
  assert.match(ok(await runAntctl(outside, "get paths")), /^FROM +NODE/);
  const rows = json(await runAntctl(inAgent, "get paths -o json")) as readonly object[];
  assert.deepEqual(rows[1], {
    ...{ name: "node-2", path: "direct", reason: "same subnet" },
    ...{ since: "2026-08-01T10:00:00.000Z", latencyMs: 0.31, lossPercent: 0, mtu: 1450 },
  });
});

test("antctl get nodes says path and reason, from one Node or from all", async () => {
  const own = ok(await runAntctl(inAgent, "get nodes"));
  assert.match(own, /^NODE +TRANSPORT-IP/);
  assert.match(own, /^node-1 .* local .* this Node$/m);
  assert.match(own, /^node-2 .* direct .* same subnet$/m);
  assert.match(own, /^node-3 .* tunnel .* 172\.30\.2\.13 +different subnets$/m);

  const all = ok(await runAntctl(outside, "get nodes"));
  assert.match(all, /^FROM +NODE/);
  assert.equal(all.trimEnd().split("\n").length, 1 + 9);
  const one = json(await runAntctl(outside, "get nodes --node node-3 -o json")) as {
    node: string;
  }[];
  assert.deepEqual(
    one.map(({ node }) => node),
    ["node-3", "node-3", "node-3"],
  );
});

test("antctl tells which Nodes did not answer, prints the rest, and exits with 1", async () => {
  const run = await runAntctl({ ...outside, away: ["node-2"] }, "get podinterface");
  assert.equal(run.code, 1);
  assert.equal(run.out.trimEnd().split("\n").length, 1 + 4);
  assert.equal(run.err, "antctl: node-2: No Pod antrea-agent runs on Node node-2.\n");
  const none = await runAntctl({ ...outside, away: ["node-1", "node-2", "node-3"] }, "get pi");
  assert.deepEqual([none.code, none.out], [1, ""]);
  assert.match(none.err, /node-1: No Pod .*\nnode-2: No Pod/);
});

test("antctl in an agent's Pod refuses a question about another Node", async () => {
  const run = await runAntctl(inAgent, "get nodes --node node-2");
  assert.equal(run.code, 2);
  assert.match(run.err, /sees its own Node only/);
});

test("antctl get changes tells who wanted what, what became of it, and why it was refused", async () => {
  const all = await runAntctl(inAgent, "get changes");
  assert.match(
    all.out,
    /flow +pod:shop\/web-1 +wanted +confirmed +7ms +\+ table=Classifier in_port=3 and 2 more/,
  );
  assert.match(all.out, /peer:node-2 +found +refused .*metric 0: Nexthop has invalid gateway/);

  const routes = await runAntctl(inAgent, "get changes --kind route --last 1 -o json");
  assert.deepEqual(
    (JSON.parse(routes.out) as { serial: number }[]).map(({ serial }) => serial),
    [2],
  );
});

test("antctl get flowstats counts flows, and says what one more Pod costs", async () => {
  const own = ok(await runAntctl(inAgent, "get flowstats"));
  assert.match(own, /^BY +NAME +FLOWS\ntable +L3Forwarding +12\n/);
  assert.match(own, /^one more +Pod of this Node +4$/m);
  assert.match(ok(await runAntctl(outside, "get fs")), /^NODE +BY/);
});

test("antctl get podinterface finds Pods by name and Namespace", async () => {
  const out = ok(await runAntctl(inAgent, "get pi web-1 -n shop"));
  assert.match(
    out,
    /^NAMESPACE +NAME +INTERFACE-NAME +IP .*\nshop +web-1 +web-1-a1b2c3 +10\.244\.1\.5 .*\n$/,
  );
  const missing = await runAntctl(inAgent, "get pi web-9 -n shop");
  assert.equal(
    missing.err,
    "antctl: There is no Pod web-9 of Namespace shop on the bridge of this Node.\n",
  );
});

test("antctl get ovsflows prints flows with owners, counts, groups or names of tables", async () => {
  const of = (line: string) => runAntctl(inAgent, `get ovsflows ${line}`.trim());
  assert.match(
    ok(await of("")),
    /^TABLE +PRIORITY +PACKETS +OWNER +FLOW\nL3Forwarding +190 +7 +pod:shop\/web-1 +table=/,
  );
  assert.match(
    ok(await of("--count")),
    /table +L3Forwarding +12\n[^]*feature +PodConnectivity +13\nsum +all flows +13\n/,
  );
  assert.equal(ok(await of("-G 12")), "GROUP\ngroup_id=12,type=all\n");
  assert.equal(ok(await of("--table-names-only")), "TABLE\nL3Forwarding\nOutput\n");
  assert.equal((json(await of("-o json")) as unknown[]).length, 2);
  assert.equal((await of("--count --groups all")).code, 2);
});

test("antctl get featuregates prints those of the program here, or of both from outside", async () => {
  const components = async (setting: FakeSetting) =>
    (json(await runAntctl(setting, "get featuregates -o json")) as { component: string }[]).map(
      ({ component }) => component,
    );
  assert.deepEqual(await components(inAgent), ["agent"]);
  assert.deepEqual(await components(inController), ["controller"]);
  assert.deepEqual(await components(outside), ["agent", "controller"]);
});

test("antctl log-level prints and changes levels, and never those of all by accident", async () => {
  assert.equal(
    ok(await runAntctl(inAgent, "log-level debug")),
    "COMPONENT   LEVEL\nagent       debug\n",
  );
  assert.equal(
    ok(await runAntctl(inController, "log-level")),
    "COMPONENT    LEVEL\ncontroller   info\n",
  );
  assert.equal(
    ok(await runAntctl(outside, "log-level"))
      .trimEnd()
      .split("\n").length,
    1 + 4,
  );
  const rows = json(await runAntctl(outside, "log-level debug --node node-2 -o json"));
  assert.deepEqual(rows, [{ component: "agent", node: "node-2", level: "debug" }]);
  assert.equal(
    (json(await runAntctl(outside, "log-level warn --all -o json")) as unknown[]).length,
    4,
  );
  for (const [verbosity, name] of Object.entries({ 0: "info", 2: "info", 4: "debug", 10: "trace" }))
    assert.match(
      ok(await runAntctl(inAgent, `log-level ${verbosity}`)),
      new RegExp(`agent +${name}$`, "m"),
    );
  assert.match((await runAntctl(inAgent, "log-level 11")).err, /verbosity from 0 to 10/);
  const refused = await runAntctl(outside, "log-level debug");
  assert.equal(refused.code, 2);
  assert.match(refused.err, /Say whose level to change/);
});

test("antctl version names antctl and whom it talks to", async () => {
  assert.match(
    ok(await runAntctl(inAgent, "version")),
    /^antctlVersion: \S+\nagentVersion: v0\.1\.0\n$/,
  );
  assert.match(ok(await runAntctl(inController, "version")), /\ncontrollerVersion: v0\.1\.0\n$/);
  assert.match(
    ok(await runAntctl(outside, "version")),
    /\ncontrollerVersion: v0\.1\.0\nagentVersions:\n {2}v0\.1\.0: 3\n$/,
  );
});

test("antctl trace-packet asks the Node of the source, and gives a far destination by its address", async () => {
  const packet = async (line: string) => {
    const { packet } = json(await runAntctl(outside, `trace-packet ${line} -o json`)) as {
      packet: string;
    };
    return JSON.parse(packet) as unknown;
  };
  assert.deepEqual(await packet("-S shop/on-node-1 -D shop/on-node-2 -f tcp"), {
    source: "shop/on-node-1",
    destination: "10.244.2.5",
    flow: "tcp",
  });
  assert.deepEqual(await packet("-S shop/on-node-1 -D shop/on-node-1 -F 4"), {
    source: "shop/on-node-1",
    destination: "shop/on-node-1",
    family: "ipv4",
  });
  const text = ok(await runAntctl(inAgent, "trace-packet -S shop/web-1 -D 8.8.8.8"));
  assert.match(text, /\nVerdict: dropped in Classifier: no flow but the last one matched\n$/);
  assert.match(
    ok(await runAntctl(inAgent, "trace-packet -p 3 --format raw")),
    /^bridge\("br-int"\)\n/,
  );
});

test("antctl trace-packet says which end it does not know", async () => {
  const err = async (setting: FakeSetting, line: string) => (await runAntctl(setting, line)).err;
  assert.match(await err(inAgent, "trace-packet"), /Say which packet/);
  assert.match(
    await err(inAgent, "trace-packet -S shop/ghost"),
    /shop\/ghost is no Pod of this Node/,
  );
  assert.match(
    await err(outside, "trace-packet -S shop/ghost"),
    /There is no Pod ghost in Namespace shop/,
  );
  assert.match(await err(outside, "trace-packet -S 10.0.0.1 -D 10.0.0.2"), /Say on which Node/);
});

test("antctl check connectivity does all pairs both ways, and exits with 1 if one fails", async () => {
  const good = ok(await runAntctl(outside, "check connectivity"));
  assert.equal(good.split("\n").filter((line) => line.startsWith("node-")).length, 6);
  assert.match(good, /^node-1 +node-3 +tunnel +1450 +0% +0\.25 ms +ok: different subnets$/m);
  assert.match(good, /\nAll 6 ways work\.\n$/);

  const cut = [fakeNode(1, 1), fakeNode(2, 1), fakeNode(3, 2, false)];
  const bad = await runAntctl({ place: "outside", nodes: cut, ...noEncap }, "check connectivity");
  assert.equal(bad.code, 1);
  assert.match(
    bad.out,
    /^node-1 +node-3 +direct +1450 +100% +- +no answer: the fabric has no route/m,
  );
  assert.match(
    bad.out,
    /\n4 of 6 ways fail\. If they cross subnets un-encapsulated: antctl check routes\.\n$/,
  );
  const own = ok(await runAntctl(inAgent, "check connectivity --to node-2 -c 5"));
  assert.match(own, /^TO +PATH/);
  assert.match(own, /All 1 ways work/);
});

test("antctl check connectivity finds a network that is too narrow for what Pods send", async () => {
  const probe = () => [
    {
      node: "node-2",
      path: { kind: "direct", onLink: true, reason: "same subnet" } as const,
      mtu: 1500,
      largest: 1400,
      sent: 3,
      received: 3,
    },
  ];
  const run = await runAntctl({ ...inAgent, agents: { probe } }, "check connectivity");
  assert.equal(run.code, 1);
  assert.match(
    run.out,
    /1500 \(only 1400 pass\) +0% .* packets of more than 1400 bytes do not pass/,
  );
});

test("antctl check connectivity says of a way that works how many echoes it lost", async () => {
  const path = { kind: "direct", onLink: true, reason: "same subnet" } as const;
  const probe = () => [{ node: "node-2", path, mtu: 1450, largest: 1450, sent: 100, received: 68 }];
  const out = ok(await runAntctl({ ...inAgent, agents: { probe } }, "check connectivity"));
  assert.match(out, / 32% .* 32 of 100 echoes lost; same subnet$/m);
  assert.match(
    out,
    /\nAll 1 ways work\. 1 of them lose echoes: --count 100 measures how many\.\n$/,
  );
});

test("antctl check routes names what the fabric lacks, and the lines that mend it", async () => {
  const cut = [fakeNode(1, 1), fakeNode(2, 1), fakeNode(3, 2, false), fakeNode(4, 3)];
  for (const place of ["outside", "agent"] as const) {
    const run = await runAntctl({ place, nodes: cut, ...noEncap }, "check routes");
    assert.equal(run.code, 1);
    assert.match(run.out, /lacks routes for 10\.244\.3\.0\/24 \(node-3\)\. To add them:\n/);
    assert.match(run.out, /^ip route add 10\.244\.3\.0\/24 via 172\.30\.2\.13$/m);
    assert.match(run.out, /^aws ec2 create-route .* --destination-cidr-block 10\.244\.3\.0\/24 /m);
    assert.match(
      run.out,
      /^gcloud compute routes create .* --destination-range=10\.244\.3\.0\/24 /m,
    );
    assert.doesNotMatch(run.out, /^(?:ip|aws|gcloud) .*10\.244\.[124]\./m);
  }
  const good = ok(await runAntctl({ ...outside, ...noEncap }, "check routes"));
  assert.match(good, /\nNo route is missing\.\n$/);
});

test("antctl check routes prints one provider's lines with the names given", async () => {
  const cut = [fakeNode(1, 1), fakeNode(2, 2, false), fakeNode(3, 3)];
  const line = "check routes --provider aws --route-table rtb-7 -o json";
  const run = await runAntctl({ place: "outside", nodes: cut, ...noEncap }, line);
  const { mend } = JSON.parse(run.out) as { mend: string[] };
  assert.equal(
    mend[1],
    "aws ec2 create-route --route-table-id rtb-7 --destination-cidr-block 10.244.2.0/24 --instance-id INSTANCE-ID-OF-node-2",
  );
  assert.ok(!mend.some((text) => text.startsWith("gcloud")));
});

test("antctl __api carries a request to the program here and its answer back", async () => {
  const got = await runAntctl(inAgent, "__api GET /podinterfaces?name=web-1");
  const { status, body } = JSON.parse(ok(got)) as { status: number; body: string };
  assert.equal(status, 200);
  assert.equal((JSON.parse(body) as unknown[]).length, 1);
  const put = await runAntctl({ ...inAgent, stdin: '{"level":"trace"}' }, "__api PUT /loglevel");
  assert.deepEqual(JSON.parse(ok(put)), { status: 200, body: '{"level":"trace"}' });
  const refused = await runAntctl(inAgent, "__api GET /nope");
  assert.equal((JSON.parse(ok(refused)) as { status: number }).status, 404);
});

test("antctlReference() has a section for each command, and none for plumbing", () => {
  const page = antctlReference();
  for (const { name, isHidden } of antctl.commands) {
    assert.equal(page.includes(`\n## antctl ${name}\n`), !isHidden, name);
  }
  assert.match(page, /\n## antctl completion\n/);
  assert.doesNotMatch(page, /undefined|\[object/);
});

const settings = (trafficEncapMode: NetworkSettings["trafficEncapMode"]): NetworkSettings => ({
  ...{ trafficEncapMode, tunnelType: "geneve", tunnelPort: 0 },
  ...{ tunnelCsum: false, noSNAT: false, defaultMTU: 0, perPeerMTU: false },
});

function change(step: "Accept" | "Send" | "Done", ready: number, waiting: string[] = []) {
  const at = "2026-11-28T10:00:00.000Z";
  return {
    spec: {
      ...{ number: 2, from: settings("encap"), to: settings("hybrid") },
      ...{ step, startedAt: at, stepSince: at },
    },
    status: {
      ...{ nodes: 3, ready },
      waiting: waiting.map((reason) => ({ nodeName: "node-3", reason })),
    },
  };
}

test("antctl set-mode writes the option beside the others, and tells each step until it is done", async () => {
  const config = { text: "# ours\ntrafficEncapMode: encap # why\nnoSNAT: false\n" };
  const modeChanges = [
    change("Accept", 2, ["the Node is not ready; it follows when it is back"]),
    change("Accept", 3),
    change("Send", 3),
    change("Done", 3),
  ];
  const run = await runAntctl({ ...outside, config, modeChanges }, "set-mode hybrid");
  assert.equal(run.code, 0, run.err);
  assert.equal(config.text, "# ours\ntrafficEncapMode: hybrid # why\nnoSNAT: false\n");
  assert.deepEqual(run.err.trim().split("\n"), [
    "Change 2 to hybrid, geneve:6081: step Accept, 2 of 3 Nodes; waits for node-3: the Node is not ready; it follows when it is back",
    "Change 2 to hybrid, geneve:6081: step Accept, 3 of 3 Nodes",
    "Change 2 to hybrid, geneve:6081: step Send, 3 of 3 Nodes",
    "Change 2 to hybrid, geneve:6081: step Done, 3 of 3 Nodes",
  ]);
  assert.match(run.out, /^2 +encap, geneve:6081 +hybrid, geneve:6081 +Done$/m);
});

test("antctl set-mode says what it waited for when its time is over, and that the change goes on", async () => {
  const modeChanges = [change("Accept", 2, ["the Node is not ready"])];
  const config = { text: "trafficEncapMode: encap\n" };
  const setting = { ...outside, config, modeChanges };
  const run = await runAntctl(setting, "set-mode hybrid --timeout 50ms");
  assert.equal(run.code, 1);
  assert.match(
    run.err,
    /^antctl: Not done after 0.05 s: Change 2 .*, 2 of 3 Nodes; waits for node-3: the Node is not ready; the change goes on .*--timeout\.$/m,
  );
});

test("antctl set-mode writes nothing that would be refused, and nothing where nothing is said", async () => {
  const config = { text: "trafficEncapMode: noEncap\nnoSNAT: true\n" };
  const refused = await runAntctl({ ...outside, config }, "set-mode hybrid");
  assert.equal(refused.code, 1);
  assert.match(refused.err, /Nothing was written.*\n.*noSNAT/);
  assert.equal((await runAntctl({ ...outside, config }, "set-mode")).code, 2);
  assert.equal((await runAntctl({ ...outside, config }, "set-mode encap --abort")).code, 2);
  assert.match((await runAntctl(inAgent, "set-mode hybrid")).err, /where a kubeconfig is/);
  assert.equal(config.text, "trafficEncapMode: noEncap\nnoSNAT: true\n");
});

test("antctl set-mode --abort writes what the change that is under way leaves", async () => {
  const config = { text: "trafficEncapMode: hybrid\n" };
  const setting = { ...outside, config, modeChanges: [change("Accept", 1)] };
  const run = await runAntctl(setting, "set-mode --abort --detach");
  assert.equal(run.code, 0, run.err);
  assert.match(config.text, /^trafficEncapMode: encap$/m);
  const late = await runAntctl(
    { ...setting, modeChanges: [change("Done", 3)] },
    "set-mode --abort",
  );
  assert.match(late.err, /change 2 is done. .*antctl set-mode encap/);
});

test("antctl set-mode --transport-interface changes the link between Nodes, and --abort brings back what chose it", async () => {
  const config = { text: 'transportInterface: ""\n' };
  const command = "set-mode --transport-interface eth1 --detach";
  assert.equal((await runAntctl({ ...outside, config, modeChanges: [] }, command)).code, 0);
  assert.equal(config.text, 'transportInterface: "eth1"\n');
  const { spec, status } = change("Accept", 1);
  const from = { ...spec.from, transportInterfaceCIDRs: ["172.29.0.0/16"] };
  const modeChanges = [{ spec: { ...spec, from }, status }];
  const back = await runAntctl({ ...outside, config, modeChanges }, "set-mode --abort --detach");
  assert.equal(back.code, 0, back.err);
  assert.match(
    config.text,
    /^transportInterface: ""\ntransportInterfaceCIDRs:\n  - 172\.29\.0\.0\/16$/m,
  );
});

test("antctl get modechange prints the step and what it waits for, and nothing before the first", async () => {
  const modeChanges = [change("Accept", 2, ["has not acted on change 2 yet"])];
  const out = ok(await runAntctl({ ...outside, modeChanges }, "get mc"));
  assert.match(out, /^2 .*Accept +2\/3 .*node-3: has not acted on change 2 yet$/m);
  assert.deepEqual(json(await runAntctl(inAgent, "get modechange -o json")), []);
});

test("antctl plan tells for each Node what would change, and asks with the file's settings or with options", async () => {
  const files = {
    "new.yaml":
      'kind: ConfigMap\ndata:\n  antrea-agent.conf: |\n    trafficEncapMode: "noEncap"\n    tunnelType: vxlan\n',
  };
  const out = ok(await runAntctl(outside, "plan --mode hybrid"));
  assert.match(out, /^node-1 +2 geneve:6081 -> direct +~1 +\+1 +1450/m);
  assert.match(out, /From encap, geneve:6081 to hybrid, geneve:6081, in this order/);
  const told = json(await runAntctl({ ...outside, files }, "plan -f new.yaml -o json"));
  assert.deepEqual(
    (told as { to: string }[]).map(({ to }) => to),
    nodes.map(() => "noEncap, vxlan:4789"),
  );
  const diff = ok(await runAntctl(outside, "plan --mode hybrid --diff --node node-1"));
  assert.match(diff, /^--- node-1\n~ ip\n\+ route 10\.244\.2\.0\/24$/m);
  assert.equal((await runAntctl(outside, "plan")).code, 2);
  const bad = await runAntctl(
    { ...outside, files: { bad: "trafficEncapMode: hybird\n" } },
    "plan -f bad",
  );
  assert.match(bad.err, /would be refused:\nbad:1:19: .*Did you mean "hybrid"/);
});

test("antctl plan says that a change would not begin where no Node can tell what would follow", async () => {
  const nowhere = 'There is no interface "nowhere"';
  const plan = (): NodePlan => ({
    ...{ from: "encap, geneve:6081", to: "encap, geneve:6081, nowhere" },
    ...{ mtu: { from: 1450, to: 1450 }, paths: [], flows: [], host: [], problems: [nowhere] },
  });
  const setting = { ...outside, agents: { plan } };
  const run = await runAntctl(setting, "plan --transport-interface nowhere");
  assert.equal(run.code, 1);
  assert.match(run.out, /nowhere: the change would stop before its first step/);
  assert.doesNotMatch(run.out, /nothing would change/);
});

test("antctl check routes says what the controller would do to the cloud's table", async () => {
  const message =
    "would add 10.244.3.0/24 via i-0abc (node-3); would remove 10.244.9.0/24 via i-0old";
  const condition = { type: "CloudRoutes", status: "False", reason: "DryRun", message } as const;
  const run = await runAntctl({ ...outside, ...noEncap, conditions: [condition] }, "check routes");
  assert.match(
    run.out,
    /keeps the cloud's table of routes in a dry run \(cloudRoutes\.dryRun\):\n {2}would add 10\.244\.3\.0\/24 .*\n {2}would remove/,
  );
});

test("antctl plan --watch asks until nothing is in the way, and says what is", async () => {
  const left = ["no probe came back", "no probe came back", "large probes do not come back"];
  const plan = (): NodePlan => {
    const problem = left.shift();
    return {
      ...{ from: "encap", to: "noEncap", mtu: { from: 1450, to: 1500 }, flows: [], host: [] },
      paths: [{ node: "node-2", from: "geneve:6081", to: "routed", reason: "noEncap" }],
      problems: problem === undefined ? [] : [problem],
    };
  };
  const one = { place: "agent" as const, nodes: [fakeNode(1, 1)], agents: { plan } };
  const files = { new: "trafficEncapMode: noEncap\n" };
  const run = await runAntctl({ ...one, files }, "plan -f new --watch");
  assert.equal(run.code, 0);
  assert.equal(
    run.err,
    "In the way:\n  this Node: no probe came back\nIn the way:\n  this Node: large probes do not come back\n",
  );
  assert.match(run.out, /must have routes to the Pods of node-2; after --mode auto/);
});

test("antctl end connections says how many ended, by which rule, on which Node", async () => {
  const { out } = await runAntctl(outside, "end connections --policy deny-all --node node-1");
  assert.match(out, /^node-1 +AntreaClusterNetworkPolicy:deny-all +ingress 1 no-web +Drop +3 +7$/m);
  const quiet = ok(await runAntctl(inAgent, "end connections --policy quiet --dry-run"));
  assert.match(quiet, /\n- +- +- +0 +7\n$/);
});

test("antctl end connections refuses a policy that there is not, and says what there is", async () => {
  const metadata = (name: string, namespace?: string) => ({ metadata: { name, namespace } });
  const setting: FakeSetting = {
    ...outside,
    agents: { endConnections: () => ({ policies: 0, lookedAt: 0, ended: [], unguarded: 0 }) },
    objects: {
      antreaClusterPolicies: [metadata("deny-all")],
      antreaPolicies: [metadata("web", "shop")],
    },
  };
  const refusal = async (place: FakeSetting["place"], words: string) => {
    const { code, out, err } = await runAntctl({ ...setting, place }, `end connections ${words}`);
    assert.deepEqual([code, out], [1, ""]);
    return err;
  };
  assert.match(
    await refusal("outside", "--policy deny-al"),
    /^antctl: There is no policy deny-al\. Did you mean "deny-all"\? "antctl get networkpolicy --comp/,
  );
  assert.match(
    await refusal("outside", "--policy web"),
    /no policy web\. Did you mean "shop\/web"\?/,
  );
  assert.match(await refusal("outside", "--policy nothing/alike"), /nothing\/alike\. "antctl get/);
  assert.match(
    await refusal("outside", "--policy shop/web -T K8sNP"),
    /no policy shop\/web of kind K8sNP, but one of kind ANNP\. Say that with --type, or leave it out/,
  );
  assert.match(
    await refusal("agent", "--policy deny-al"),
    /^antctl: This Node has no policy deny-al\. Did you mean "deny-all"\? A policy is on the Nodes/,
  );
  assert.match(
    await refusal("agent", "--policy shop/web"),
    /This Node has no policy shop\/web\. A/,
  );
});

test("antctl end connections says of a policy on no Node why it ends none", async () => {
  const { code, out, err } = await runAntctl(
    {
      ...outside,
      agents: { endConnections: () => ({ policies: 0, lookedAt: 0, ended: [], unguarded: 0 }) },
      objects: { networkPolicies: [{ metadata: { name: "web", namespace: "shop" } }] },
    },
    "end connections --policy shop/web --node node-2",
  );
  assert.equal(code, 0);
  assert.match(out, /^node-2 +- +- +- +0 +0$/m);
  assert.equal(
    err,
    "antctl: shop/web is for no Pod of Node node-2, so it forbids nothing there.\n",
  );
});

test("antctl end connections takes --type for a named policy only", async () => {
  const { code, err } = await runAntctl(outside, "end connections --type ANNP");
  assert.equal(code, 2);
  assert.match(err, /--type says of what kind the policy is: name it with --policy/);
});

test("antctl end connections takes a Pod by its addresses", async () => {
  const asked: unknown[] = [];
  const agents: FakeSetting["agents"] = {
    endConnections({ body }) {
      asked.push(body);
      return { policies: 1, lookedAt: 0, ended: [], unguarded: 0 };
    },
  };
  await runAntctl(
    { ...outside, agents },
    "end connections -p shop/web --node node-2 --policy shop/web -T K8sNP",
  );
  assert.deepEqual(asked, [
    {
      addresses: ["10.244.2.5", "fd00:10:244:2::5"],
      policy: { namespace: "shop", name: "web", kind: "K8sNetworkPolicy" },
      isDryRun: false,
    },
  ]);
  const { code, err } = await runAntctl(outside, "end connections -p ghost");
  assert.equal(code, 1);
  assert.match(err, /There is no Pod default\/ghost/);
});
