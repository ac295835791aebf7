import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { type AntctlPlace, antctl } from "./support/antctl.ts";
import { agentPod, eventually, killContainer, labForFile, startPods } from "./support/cluster.ts";
import { agentLog } from "./support/node-state.ts";

/** Every command of antctl, where people run it. node-1 and node-2 share a subnet. */
const lab = labForFile("antctl", { mode: "hybrid", nodes: 3, subnets: 2 });

const places: readonly AntctlPlace[] = ["machine", "agent", "controller"];
let addresses: ReadonlyMap<string, string> = new Map();
const address = (name: string): string =>
  addresses.get(name) ?? assert.fail(`${name} has an address`);

/** The output of a command that must succeed. */
async function said(place: AntctlPlace, ...args: readonly string[]): Promise<string> {
  const { exitCode, out, err } = await antctl(lab(), place, args);
  assert.deepEqual([exitCode, err], [0, ""], `antctl ${args.join(" ")} (${place}): ${out}`);
  return out;
}

/** The complaint of a command that must fail. */
async function complained(place: AntctlPlace, ...args: readonly string[]): Promise<string> {
  const { exitCode, err } = await antctl(lab(), place, args);
  assert.notEqual(exitCode, 0, `antctl ${args.join(" ")} (${place}) fails`);
  return err;
}

/** The commands that print rows, with a column of the table and a key of the data that each must have. */
const rows: readonly {
  readonly argv: readonly string[];
  readonly title: string;
  readonly key: string;
  readonly places: readonly AntctlPlace[];
}[] = [
  { argv: ["get", "agentinfo"], title: "LOCAL-PODS", key: "agentConditions", places },
  {
    argv: ["get", "controllerinfo"],
    title: "CONNECTED-AGENTS",
    key: "connectedAgentNum",
    places: ["machine", "controller"],
  },
  { argv: ["get", "nodes"], title: "REASON", key: "path", places: ["machine", "agent"] },
  { argv: ["get", "podinterface"], title: "OF-PORT", key: "ofPort", places: ["machine", "agent"] },
  { argv: ["get", "ovsflows"], title: "OWNER", key: "flow", places: ["machine", "agent"] },
  { argv: ["get", "featuregates"], title: "STATUS", key: "status", places },
  {
    argv: ["check", "connectivity"],
    title: "ROUND-TRIP",
    key: "path",
    places: ["machine", "agent"],
  },
  { argv: ["log-level"], title: "LEVEL", key: "level", places },
];

test("antctl prints every list as a table, as JSON and as YAML, wherever it runs", async () => {
  addresses = await startPods(lab(), [
    { name: "here", node: "node-1" },
    { name: "here-too", node: "node-1" },
    { name: "near", node: "node-2" },
    { name: "far", node: "node-3" },
  ]);
  for (const { argv, title, key, places } of rows)
    for (const place of places) {
      const [head, first] = (await said(place, ...argv, "-o", "table")).split("\n");
      assert.match(head ?? "", new RegExp(`\\b${title}\\b`), `${argv.join(" ")} (${place})`);
      assert.notEqual(first?.trim() ?? "", "", `${argv.join(" ")} (${place}) has rows`);
      const json = JSON.parse(await said(place, ...argv, "-o", "json")) as unknown;
      const yaml = parse(await said(place, ...argv, "-o", "yaml")) as unknown;
      for (const data of [json, yaml]) {
        const one = (Array.isArray(data) ? data[0] : data) as object;
        assert.ok(key in one, `${argv.join(" ")} (${place}): ${JSON.stringify(one)}`);
      }
    }
});

test("antctl --node asks one Node's agent from a person's machine", async () => {
  const pods = JSON.parse(
    await said("machine", "get", "podinterface", "--node", "node-3", "-o", "json"),
  ) as readonly { readonly podName: string; readonly ips: readonly string[] }[];
  assert.deepEqual(pods.find(({ podName }) => podName === "far")?.ips, [address("far")]);
  assert.ok(!pods.some(({ podName }) => podName === "here"));
  const one = await said("machine", "get", "podinterface", "far");
  assert.ok(one.includes(address("far")));
  const info = await said("machine", "get", "agentinfo", "node-2", "-o", "yaml");
  assert.match(info, /^trafficEncapMode: hybrid$/m);
  const flows = await said("machine", "get", "ovsflows", "--node", "node-1", "--pod", "here");
  assert.ok(flows.includes(address("here")) && !flows.includes(address("here-too")));
  const counts = await said("agent", "get", "ovsflows", "--count");
  assert.match(counts, /^sum +all flows +\d+$/m);
  assert.match(await said("agent", "get", "ovsflows", "--table-names-only"), /^L3Forwarding$/m);
});

test("antctl trace-packet says the path between Pods: local, direct, tunnel, and to the world outside", async () => {
  const ways = [
    ["here-too", "local"],
    ["near", "direct"],
    ["far", "tunnel"],
  ] as const;
  for (const [to, path] of ways) {
    const text = await said(
      "machine",
      "trace-packet",
      "-S",
      "here",
      "-D",
      to,
      "-f",
      "tcp,tcp_dst=80",
    );
    assert.match(text, /^L3Forwarding/m);
    const json = JSON.parse(
      await said("machine", "trace-packet", "-S", "here", "-D", to, "-o", "json"),
    ) as { readonly verdict: { readonly kind: string; readonly path: string } };
    assert.deepEqual([json.verdict.kind, json.verdict.path], ["sent", path], to);
    const own = await said("agent", "trace-packet", "-S", "default/here", "-D", address(to));
    assert.match(own, new RegExp(path), to);
  }
  const outside = await said("machine", "trace-packet", "-S", "here", "-D", lab().outside.address);
  assert.match(outside, /gateway/);
  const asked = await said(
    "agent",
    "trace-packet",
    "-S",
    "here",
    "-D",
    address("near"),
    "-f",
    "arp",
  );
  assert.match(asked, /^ARPResponder/m);
  const raw = await said(
    "agent",
    "trace-packet",
    "-S",
    "here",
    "-D",
    address("far"),
    "--format",
    "raw",
  );
  assert.match(raw, /Datapath actions:/);
});

test("antctl check connectivity and check routes look at all pairs of Nodes", async () => {
  const pairs = await said("machine", "check", "connectivity");
  assert.match(pairs, /All 6 ways work\./);
  assert.match(pairs, /^node-1 +node-2 +10\.244\.1\.1 +direct +1450 +0% /m);
  assert.match(pairs, /^node-3 +node-1 +10\.244\.0\.1 +tunnel +1450 +0% /m);
  assert.match(await said("agent", "check", "connectivity"), /All 2 ways work\./);
  const routes = await said("machine", "check", "routes");
  assert.match(routes, /No route is missing\./);
  assert.equal((routes.match(/ present /g) ?? []).length, 6);
});

test("antctl check connectivity says which ways fail, and why, when a Node is cut off", async () => {
  await lab().fabric.setLink("node-3", "down");
  const { exitCode, out } = await antctl(lab(), "agent", [
    ...["check", "connectivity", "--count", "1", "--wait", "500ms"],
  ]);
  await lab().fabric.setLink("node-3", "up");
  assert.equal(exitCode, 1);
  assert.match(out, /^node-2 +10\.244\.1\.1 +direct +1450 +0% .* ok: /m);
  assert.match(out, /^node-3 +10\.244\.2\.1 +tunnel .* 100% .*(?:drops|down|unreachable)/m);
  await eventually(
    "node-3 is reached again",
    async () => (await antctl(lab(), "agent", ["check", "connectivity"])).exitCode === 0,
  );
});

test("antctl log-level changes what a running program logs", async () => {
  assert.match(await said("machine", "log-level", "debug", "--node", "node-1"), /node-1 +debug/);
  await said("agent", "log-level");
  await startPods(lab(), [{ name: "logged", node: "node-1" }]);
  await eventually("the agent's log has lines of level debug", async () =>
    /"level":"debug"/.test(await agentLog(lab(), "node-1")),
  );
  assert.match(await said("agent", "log-level", "warn"), /agent +warn/);
  assert.match(await said("controller", "log-level", "debug"), /controller +debug/);
  assert.match(await said("machine", "log-level", "info", "--all"), /controller +(?:- +)?info/);
  const levels = await said("machine", "log-level");
  assert.doesNotMatch(levels, /debug|warn/);
  assert.match(
    await complained("machine", "log-level", "debug"),
    /--node NAME, --controller, or --all/,
  );
  assert.match(await complained("agent", "log-level", "loud"), /loud/);
});

test("antctl version tells of all programs, and completion prints a script for every shell", async () => {
  const version = parse(await said("machine", "version")) as Record<string, unknown>;
  assert.deepEqual(Object.keys(version), ["antctlVersion", "controllerVersion", "agentVersions"]);
  assert.deepEqual(Object.values(version["agentVersions"] as object), [3]);
  assert.match(await said("agent", "version"), /^agentVersion: v/m);
  assert.match(await said("controller", "version"), /^controllerVersion: v/m);
  for (const shell of ["bash", "zsh", "fish"])
    assert.match(await said("machine", "completion", shell), /antctl/);
  assert.match(await said("agent", "--help"), /trace-packet/);
  assert.match(await said("agent", "trace-packet", "--help"), /Examples:/);
});

test("antctl's errors say what is wrong and what to do", async () => {
  assert.match(
    await complained("machine", "trace-packet", "-S", "nobody", "-D", "1.1.1.1"),
    /There is no Pod nobody in Namespace default/,
  );
  assert.match(
    await complained("agent", "trace-packet", "-S", "far", "-D", "1.1.1.1"),
    /far is no Pod of this Node.*antctl get podinterface/,
  );
  assert.match(await complained("agent", "get", "podinterface", "nobody"), /no Pod nobody/);
  assert.match(
    await complained("machine", "get", "nodes", "--node", "node-9"),
    /node-9.*kubectl -n kube-system get pods/,
  );
  assert.match(
    await complained("machine", "get", "agentinfo", "node-9"),
    /There are node-1, node-2/,
  );
  assert.match(await complained("agent", "check", "connectivity", "--to", "node-9"), /node-9/);
  assert.match(await complained("agent", "get", "nodes", "--node", "node-2"), /its own Node only/);
  assert.match(await complained("controller", "get", "nodes"), /with a kubeconfig/);
  assert.match(await complained("agent", "get", "controllerinfo"), /with a kubeconfig/);
  assert.match(await complained("machine", "get", "nodez"), /nodez/);
});

test("antctl says that the agent is down, and what to look at", async () => {
  const pod = await agentPod(lab(), "node-1");
  const running = async () => (await antctl(lab(), "agent", ["version"])).exitCode === 0;
  await killContainer(lab(), "node-1", pod, "antrea-agent");
  let complaint = "";
  await eventually("antctl complains of an agent that is down", async () => {
    const { exitCode, err } = await antctl(lab(), "machine", ["get", "nodes", "--node", "node-1"]);
    complaint = err;
    return exitCode !== 0;
  });
  assert.match(complaint, /node-1: /);
  await eventually("the agent is back", running);
  assert.match(await said("machine", "get", "nodes", "--node", "node-1"), /node-3/);
});
