import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { tending } from "../io/components.ts";
import { componentStatus } from "../io/inspect.ts";
import { type Lab, openLab, requireRecord } from "../io/lab.ts";
import { isAlive } from "../io/process-table.ts";
import { startLab } from "../io/start-lab.ts";
import { waitFor } from "../io/wait.ts";
import { findComponent } from "../record/record.ts";
import { antreaLab, ownStateRoot } from "../testing/command-line.ts";
import { walk } from "../walk/io/walk.ts";

// Two labs at a time, with Debian's bridge plugin: what is tested here is the cluster, not the network.
await ownStateRoot();
const names = [`blue-${process.pid}`, `red-${process.pid}`] as const;
let blue: Lab;
let red: Lab;

before(async () => {
  [blue, red] = await Promise.all([
    startLab({ name: names[0], cni: "bridge", nodes: 2, subnets: 2, apiReachesPods: true }),
    startLab({ name: names[1], cni: "bridge", nodes: 1, subnets: 1 }),
  ]);
});
after(() => antreaLab("down", "--all"));

test("labs side by side have Nodes of the same name, each its own", async () => {
  const nodes = async (lab: Lab) =>
    (await lab.kubectl(["get", "nodes", "-o", "name"])).trim().split("\n");
  assert.deepEqual(await nodes(blue), ["node/node-1", "node/node-2"]);
  assert.deepEqual(await nodes(red), ["node/node-1"]);
  assert.notEqual(blue.plan.apiUrl, red.plan.apiUrl);
});

test("a Pod finds Services by name, reaches the API, Pods of other Nodes and the outside", async () => {
  const image = "registry.k8s.io/e2e-test-images/agnhost:2.63.0";
  await blue.kubectl(["run", "client", `--image=${image}`, "--overrides", onNode("node-1")]);
  await blue.kubectl([
    ...["run", "server", "--image=nginx:1.21", "--port=80", "--expose"],
    ...["--overrides", onNode("node-2")],
  ]);
  await blue.kubectl([
    "wait",
    "--for=condition=Ready",
    "pod/client",
    "pod/server",
    "--timeout=60s",
  ]);
  const inClient = (...argv: readonly string[]) => blue.kubectl(["exec", "client", "--", ...argv]);
  const page = await waitFor(
    () => inClient("curl", "-s", "-m", "2", "http://server.default.svc.cluster.local"),
    {
      what: "nginx to answer by its Service's name",
      timeoutMs: 20_000,
      remedy: "look at CoreDNS and kube-proxy",
    },
  );
  assert.match(page, /Welcome to nginx/);
  const code = await inClient(
    "curl",
    "-sk",
    "-o",
    "/dev/null",
    "-w",
    "%{http_code}",
    "https://kubernetes/",
  );
  assert.equal(code, "403"); // the API, and it knows that this is nobody
  await inClient("ping", "-c", "1", "-W", "2", blue.outside.address);
  assert.match(await blue.kubectl(["logs", "server"]), /GET \/ HTTP/);
});

test("the API server reaches a Pod and a Service by way of node-1, where a lab is asked for that", async () => {
  const raw = (kind: string) =>
    blue.kubectl(["get", "--raw", `/api/v1/namespaces/default/${kind}/server:80/proxy/`]);
  assert.match(await raw("pods"), /Welcome to nginx/);
  assert.match(await raw("services"), /Welcome to nginx/);
});

test("walk() holds the paths of all pairs against what passes the fabric", async () => {
  const silent = () => ({
    say() {},
    step: async <T>(_: string, work: (note: () => void) => T | Promise<T>) => await work(() => {}),
  });
  const { rows, faults } = await walk(blue, { progress: silent });
  assert.deepEqual(faults, []);
  assert.deepEqual(
    rows.map(({ path, proof }) => `${path}: ${proof}`),
    ["local: nothing on the wire", "direct: bare Pod addresses, both ways"],
  );
});

test("restart() replaces a program, and the cluster goes on", async () => {
  const pid = () =>
    componentStatus(requireRecord(names[0])).components.find((c) => c.name === "node-1/kubelet")
      ?.pid;
  const earlier = pid();
  await blue.restart("node-1/kubelet");
  assert.notEqual(pid(), earlier);
  await blue.kubectl(["delete", "pod", "client", "--now"]); // a kubelet has to confirm it
});

test("stop() leaves a program down until start(), and says so where it is down or runs already", async () => {
  const stateOf = (program: string) =>
    componentStatus(requireRecord(names[0])).components.find((c) => c.name === program)?.state;
  await blue.stop("kube-apiserver");
  assert.equal(stateOf("kube-apiserver"), "stopped");
  assert.equal(stateOf("etcd"), "running");
  await assert.rejects(blue.kubectl(["get", "--raw", "/readyz"]), /refused/);
  const status = await antreaLab("--name", names[0], "status");
  assert.equal(status.exitCode, 1);
  assert.match(status.stdout, /^kube-apiserver +stopped [^]*^Lab "blue-\d+" is up,/m);
  await assert.rejects(
    blue.stop("kube-apiserver"),
    new RegExp(`is stopped already[^]*antrea-lab --name ${names[0]} start kube-apiserver`),
  );
  await blue.start("kube-apiserver");
  assert.equal(stateOf("kube-apiserver"), "running");
  await waitFor(() => blue.kubectl(["get", "--raw", "/readyz"]), {
    what: "the API server to be back",
    timeoutMs: 60_000,
    remedy: "read its log",
  });
  await assert.rejects(blue.start("kube-apiserver"), /runs already[^]*restart kube-apiserver/);
  await assert.rejects(blue.stop("node-1/kublet"), /did you mean node-1\/kubelet/);
});

test("startLab() starts what was stopped, and is ready only with it", async () => {
  await red.stop("kube-apiserver");
  await red.stop("node-1/kube-proxy");
  red = await startLab({ name: names[1], cni: "bridge", nodes: 1, subnets: 1 });
  assert.match(await red.kubectl(["get", "--raw", "/readyz"]), /ok/);
  const { components } = componentStatus(requireRecord(names[1]));
  assert.deepEqual([...new Set(components.map(({ state }) => state))], ["running"]);
});

test("tending() starts a program again that has ended, not one that was stopped, and tells of one that ends again and again", async () => {
  const record = requireRecord(names[1]);
  const name = "kube-scheduler";
  const pidOf = () => findComponent(record.get(), name)?.process.pid ?? assert.fail(name);
  const kill = () => {
    const { process: found } = findComponent(record.get(), name) ?? assert.fail(name);
    process.kill(found.pid, "SIGKILL");
    return waitFor(() => (isAlive(found) ? undefined : true), {
      ...{ what: `${name} to end`, timeoutMs: 10_000, remedy: "look at its log" },
    });
  };
  const tend = tending(record, [name]);
  const first = pidOf();
  tend();
  assert.equal(pidOf(), first, "it runs");
  for (let ends = 0; ends < 5; ends++) {
    await kill();
    tend();
  }
  assert.notEqual(pidOf(), first);
  await kill();
  assert.throws(tend, /kube-scheduler has ended/);
  await red.start(name);
  await red.stop(name);
  const now = requireRecord(names[1]);
  tending(now, [name])();
  assert.equal(componentStatus(now).components.find((c) => c.name === name)?.state, "stopped");
  await red.start(name);
});

test("a Pod's first process ends what its other containers left as zombies", async () => {
  const overrides = JSON.stringify({
    spec: { nodeName: "node-1", shareProcessNamespace: true, terminationGracePeriodSeconds: 0 },
  });
  await blue.kubectl([
    "run",
    "shared",
    "--image=busybox",
    "--overrides",
    overrides,
    "--",
    "sleep",
    "600",
  ]);
  await blue.kubectl(["wait", "--for=condition=Ready", "pod/shared", "--timeout=60s"]);
  const inShared = (script: string) => blue.kubectl(["exec", "shared", "--", "sh", "-c", script]);
  assert.match(await inShared("cat /proc/1/comm"), /^catatonit$/m);
  await inShared("(sleep 0.1 &) ; exit 0"); // its parent ends first
  await waitFor(
    async () => ((await inShared("ps -o comm")).match(/sleep/g)?.length === 1 ? true : undefined),
    { what: "the orphan to be gone", timeoutMs: 10_000, remedy: "look at the pause image" },
  );
  await blue.kubectl(["delete", "pod", "shared", "--now"]);
});

test("powerOff() takes a Node away with its Pods, powerOn() brings both back", async () => {
  const podOf = async (path: string) =>
    blue.kubectl(["get", "pod", "server", "-o", `jsonpath={${path}}`]);
  await blue.powerOff("node-2");
  assert.equal(
    (await blue.controlPlane.attempt(["ping", "-c1", "-W1", "172.30.2.10"])).exitCode,
    1,
  );
  await blue.powerOn("node-2");
  await waitFor(
    async () =>
      (await podOf(".status.containerStatuses[0].restartCount")) === "1" ? 1 : undefined,
    { what: "the Pod to be started again", timeoutMs: 60_000, remedy: "look at kubelet" },
  );
  await blue.kubectl(["wait", "--for=condition=Ready", "pod/server", "--timeout=60s"]);
  const address = await podOf(".status.podIP");
  await blue.node("node-2").exec(["curl", "-s", "-m", "2", `http://${address}`]);
});

test("startLab() gives a lab that runs already, and refuses to change it", async () => {
  const again = await startLab({ name: names[1], cni: "bridge", nodes: 1, subnets: 1 });
  assert.equal(again.plan.apiUrl, red.plan.apiUrl);
  await assert.rejects(startLab({ name: names[1], cni: "bridge", nodes: 2, subnets: 1 }), /is up/);
});

test("down() of one lab leaves the other one alone", async () => {
  await red.down();
  assert.throws(() => openLab(names[1]), /There is no lab called/);
  assert.match(await blue.kubectl(["get", "--raw", "/readyz"]), /ok/);
  const { exitCode, stdout } = await antreaLab("--name", names[0], "status");
  assert.equal(exitCode, 0, stdout);
});

function onNode(nodeName: string): string {
  return JSON.stringify({ spec: { nodeName, terminationGracePeriodSeconds: 0 } });
}
