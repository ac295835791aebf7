import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { paths } from "@antrea/api";
import { type Argv, attempt, LabError, type Outcome, waitFor } from "@antrea/lab";

const build = fileURLToPath(new URL("../../build", import.meta.url));
const apiServer = fileURLToPath(new URL("small-api-server.ts", import.meta.url));

/** A Node without Kubernetes: Open vSwitch, the agent and the CNI plugin in namespaces of their own. */
export interface BareNode {
  readonly name: string;
  readonly address: string;
  exec(argv: Argv): Promise<string>;
  attempt(argv: Argv): Promise<Outcome>;
  /** Starts the agent with this configuration, in the place of the one that runs; resolves when Pods can be connected. */
  configure(config: string): Promise<void>;
  /** Connects a Pod as a container runtime does, and gives its addresses. */
  addPod(name: string): Promise<readonly string[]>;
  /** Runs antctl as in the agent's Pod. */
  antctl(args: readonly string[]): Promise<string>;
  inPod(name: string, argv: Argv): Promise<string>;
  attemptInPod(name: string, argv: Argv): Promise<Outcome>;
}

export interface BareCluster extends AsyncDisposable {
  readonly nodes: readonly [BareNode, BareNode];
  /** An address of the network between the Nodes that is no Node's. */
  readonly outside: readonly [ipv4: string, ipv6: string];
  /** Runs a command on that network, where it sees the frames of every Node. */
  onFabric(argv: Argv): Promise<string>;
  attemptOnFabric(argv: Argv): Promise<Outcome>;
}

const fabric = `bare-${process.pid}`;
const outside = ["192.0.2.254", "fd00:192:0:2::fe"] as const;

/** Two Nodes on one link. Pods, Nodes and tunnels have addresses of both IP families. `agentEnv` is the agents' environment besides their own. */
export async function bareCluster({
  agentEnv = {},
}: {
  readonly agentEnv?: Readonly<Record<string, string>>;
} = {}): Promise<BareCluster> {
  const folder = mkdtempSync(join(tmpdir(), "antrea-bare-"));
  const children: ChildProcess[] = [];
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  stack.defer(async () => {
    await run(["ip", "netns", "delete", fabric]);
  });
  stack.defer(() => endAll(children));
  await run(["ip", "netns", "add", fabric]);
  const onFabric = (argv: Argv) => run(["ip", "netns", "exec", fabric, ...argv]);
  await onFabric(["ip", "link", "add", "name", "wire", "type", "bridge"]);
  for (const [address, length] of [
    [outside[0], 24],
    [outside[1], 64],
  ])
    await onFabric(["ip", "address", "add", `${address}/${length}`, "dev", "wire", "nodad"]);
  await onFabric(["ip", "link", "set", "wire", "up"]);
  const facts = [1, 2].map(factsOf);
  await start(
    children,
    ["ip", "netns", "exec", fabric, process.execPath, apiServer, "8080"],
    [JSON.stringify(facts.map(objectOf))],
  ).said(/^ready$/m);
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, kubeconfigText());
  const nodes = [];
  for (const one of facts)
    nodes.push(await startNode(one, { folder, kubeconfig, agentEnv, children }));
  const owned = stack.move();
  const [first, second] = nodes;
  assert.ok(first && second);
  return {
    nodes: [first, second],
    outside,
    onFabric,
    attemptOnFabric: (argv) => attempt(["ip", "netns", "exec", fabric, ...argv]),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface NodeFacts {
  readonly name: string;
  readonly address: string;
  readonly address6: string;
  readonly podCidrs: readonly [string, string];
}

function factsOf(index: number): NodeFacts {
  return {
    name: `node-${index}`,
    address: `192.0.2.${index}`,
    address6: `fd00:192:0:2::${index}`,
    podCidrs: [`10.244.${index}.0/24`, `fd00:10:244:${index}::/64`],
  };
}

function objectOf({ name, address, address6, podCidrs }: NodeFacts) {
  return {
    ...{ apiVersion: "v1", kind: "Node" },
    metadata: { name, uid: `uid-of-${name}`, resourceVersion: "1", labels: {} },
    spec: { podCIDR: podCidrs[0], podCIDRs: podCidrs },
    status: { addresses: [address, address6].map((one) => ({ type: "InternalIP", address: one })) },
  };
}

function kubeconfigText(): string {
  return JSON.stringify({
    ...{ apiVersion: "v1", kind: "Config", "current-context": "bare" },
    clusters: [{ name: "bare", cluster: { server: `http://${outside[0]}:8080` } }],
    contexts: [{ name: "bare", context: { cluster: "bare", user: "bare" } }],
    users: [{ name: "bare", user: {} }],
  });
}

interface Ground {
  readonly folder: string;
  readonly kubeconfig: string;
  readonly agentEnv: Readonly<Record<string, string>>;
  readonly children: ChildProcess[];
}

/** No controller tells these Nodes of policies, and until they know of them Pods are closed: here an agent before kept an empty set of them. */
const { policyFolder } = paths;

/** Namespaces first, held by a process that sleeps; then Open vSwitch. */
async function startNode(facts: NodeFacts, ground: Ground): Promise<BareNode> {
  const { name, address } = facts;
  const { folder, kubeconfig, agentEnv, children } = ground;
  const mounts = ["/run", "/var/log"].map((at) => `mount -t tmpfs ${name} ${at}`).join("\n");
  const script = `set -e
    ${mounts}
    mkdir -p /run/netns /run/openvswitch ${policyFolder}
    touch ${policyFolder}/whole
    ip link set lo up
    echo ready
    exec sleep infinity`;
  const holder = start(children, ["unshare", "--mount", "--net", "sh", "-c"], [script]);
  await holder.said(/^ready$/m);
  const inside = (argv: Argv): Argv => [
    ...(["nsenter", "--target", `${holder.pid}`, "--mount", "--net"] as const),
    ...argv,
  ];
  const exec = (argv: Argv) => run(inside(argv));
  await run([
    ...(["ip", "-n", fabric, "link", "add", name, "mtu", "1500", "type", "veth"] as const),
    ...["peer", "name", "eth0", "netns", `${holder.pid}`],
  ]);
  await run(["ip", "-n", fabric, "link", "set", name, "master", "wire", "up"]);
  await exec(["ip", "address", "add", `${address}/24`, "dev", "eth0"]);
  await exec(["ip", "address", "add", `${facts.address6}/64`, "dev", "eth0", "nodad"]);
  // no wire leaves checksums to the receiver
  await exec(["ethtool", "-K", "eth0", "tx", "off", "gso", "off", "tso", "off"]);
  await exec(["ip", "link", "set", "eth0", "up"]);
  await exec(["ip", "route", "add", "default", "via", outside[0]]);
  await exec(["ip", "route", "add", "default", "via", outside[1]]);
  const program = (file: string): Argv => [process.execPath, join(build, file)];
  const ovs = inside([...program("antrea-ovs.mjs"), "run", "--hostname", name]);
  await start(children, ovs).said(/Open vSwitch is ready/);

  let agent: ReturnType<typeof start> | undefined;
  let pods = 0;
  const access = `KUBECONFIG=${kubeconfig}`;
  const inAgentPod = [
    ...[`NODE_NAME=${name}`, `POD_NAME=antrea-agent-${name}`, "POD_NAMESPACE=kube-system"],
  ];
  const netns = (pod: string): string => `/var/run/netns/${pod}`;
  const inPod = (pod: string, argv: Argv) => inside(["ip", "netns", "exec", pod, ...argv]);
  return {
    name,
    address,
    exec,
    attempt: (argv) => attempt(inside(argv)),
    async configure(config) {
      await agent?.end();
      const file = join(folder, `${name}.conf`);
      writeFileSync(file, config);
      const argv = inside([
        "env",
        access,
        ...inAgentPod,
        ...Object.entries(agentEnv).map(([name, value]) => `${name}=${value}`),
        ...program("antrea-agent.mjs"),
        "--config",
        file,
      ]);
      agent = start(children, argv);
      await agent.said(/Ready to connect Pods/).catch(async (error: unknown) => {
        const log = "/var/log/antrea/openvswitch/ovs-vswitchd.log";
        const { stdout } = await attempt(inside(["tail", "-n", "30", log]));
        assert.fail(`${String(error)}\n${stdout}`);
      });
    },
    async addPod(pod) {
      await exec(["ip", "netns", "add", pod]);
      const id = `${pod}-${++pods}`;
      const env = {
        ...{ CNI_COMMAND: "ADD", CNI_CONTAINERID: id, CNI_NETNS: netns(pod), CNI_IFNAME: "eth0" },
        CNI_PATH: "/opt/cni/bin",
        CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=${pod};K8S_POD_INFRA_CONTAINER_ID=${id}`,
      };
      const input = JSON.stringify({ cniVersion: "1.0.0", name: "antrea", type: "antrea" });
      const said = await attempt(inside([join(build, "cni/antrea")]), { env, input });
      assert.equal(said.exitCode, 0, `${said.stdout}${said.stderr}`);
      await run(inPod(pod, ["ip", "link", "set", "lo", "up"]));
      const { ips } = JSON.parse(said.stdout) as { readonly ips: readonly { address: string }[] };
      return ips.map((ip) => ip.address.replace(/\/\d+$/, ""));
    },
    antctl: (args) => exec(["env", ...inAgentPod, ...program("antctl.mjs"), ...args]),
    inPod: (pod, argv) => run(inPod(pod, argv)),
    attemptInPod: (pod, argv) => attempt(inPod(pod, argv)),
  };
}

async function run(argv: Argv): Promise<string> {
  const { exitCode, stdout, stderr } = await attempt(argv);
  assert.equal(exitCode, 0, `${argv.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

/** A program that runs until the end, whose output is waited for. */
function start(children: ChildProcess[], argv: Argv, more: readonly string[] = []) {
  const [program, ...args] = argv;
  const child = spawn(program, [...args, ...more], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
  return {
    pid: child.pid,
    said: (wanted: RegExp) =>
      waitFor(
        () => {
          if (child.exitCode !== null)
            throw new LabError({
              saw: `${argv.join(" ")} ended with code ${child.exitCode}: ${text.slice(-4000)}`,
              wanted: `it to say ${wanted.source}`,
              remedy: "read what it said",
            });
          return wanted.test(text) || undefined;
        },
        {
          what: `${argv.join(" ")} to say ${wanted.source}`,
          timeoutMs: 60_000,
          remedy: "read what it said",
          explain: async () => text.slice(-4000),
        },
      ),
    async end() {
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

async function endAll(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children.toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await once(child, "exit");
    clearTimeout(late);
  }
}
