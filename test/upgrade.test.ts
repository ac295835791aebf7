import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { type Lab, openLab } from "@antrea/lab";
import { exportProductImages } from "@antrea/lab/images";
import { parseAllDocuments } from "yaml";
import { agentPod, eventually, inAgent, ping, startPods, timeout } from "./support/cluster.ts";
import { datapath } from "./support/datapath.ts";
import { type EarlierVersion, earlierVersion } from "./support/earlier-version.ts";
import { switchTo } from "./support/mode-change.ts";
import { steadyPing } from "./support/steady-ping.ts";

const name = "upgrade";
const [node, otherNode] = ["node-1", "node-2"];

let earlier: EarlierVersion;
let lab: Lab;
let addresses: ReadonlyMap<string, string>;

before(async () => {
  earlier = await earlierVersion();
  await earlier.antreaLab(
    "--name",
    name,
    "up",
    "--nodes",
    "2",
    "--subnets",
    "1",
    "--mode",
    "encap",
    "--datapath",
    datapath,
  );
  lab = openLab(name);
  await loadImages();
  addresses = await startPods(lab, [
    { name: "left", node },
    { name: "near", node },
    { name: "right", node: otherNode },
  ]);
});

after(async () => {
  await lab?.down();
  await earlier?.[Symbol.asyncDispose]();
});

/** Every way there is, and back to where it began. */
const changes = [
  ["noEncap", "geneve"],
  ["encap", "vxlan"],
  ["hybrid", "geneve"],
  ["encap", "geneve"],
] as const;

/** Brings this version's images to the Nodes, under the name that the manifest says. */
async function loadImages(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "antrea-images-"));
  try {
    const archive = join(folder, "images.tar");
    await exportProductImages(archive);
    const load = ["images", "import", "--snapshotter", "overlayfs", archive];
    const place = ["--address", "/run/containerd/containerd.sock", "--namespace", "k8s.io"];
    for (const { name } of lab.plan.nodes)
      await lab.node(name).exec(["/opt/antrea-lab/bin/ctr", ...place, ...load]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: Record<string, unknown>;
}

/** `kubectl apply -f deploy/antrea.yml`, less the configuration, which is the user's, and Open vSwitch, which is not upgraded. */
async function applyManifest({ replace }: { replace: "all" | "none" }): Promise<void> {
  const file = new URL("../deploy/antrea.yml", import.meta.url);
  const documents = parseAllDocuments(readFileSync(file, "utf8"))
    .map((document) => document.toJS() as Manifest)
    .filter(({ kind, metadata }) => kind !== "ConfigMap" && metadata.name !== "antrea-ovs")
    .map((one) =>
      one.kind === "DaemonSet" && replace === "none"
        ? { ...one, spec: { ...one.spec, updateStrategy: { type: "OnDelete" } } }
        : one,
    );
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: documents });
  await lab.kubectl(["apply", "-f", "-"], { input });
}

/** Replaces the Pods of a DaemonSet or a Deployment, whose images have the same name as before. */
async function replacePods(owner: string): Promise<void> {
  const rollout = ["-n", "kube-system", "rollout"];
  await lab.kubectl([...rollout, "restart", owner]);
  await lab.kubectl([...rollout, "status", owner, timeout(120)]);
}

async function replaceAgent(on: string): Promise<void> {
  const pod = await agentPod(lab, on);
  await lab.kubectl(["-n", "kube-system", "delete", "pod", pod, "--wait"]);
  const ready = ["wait", "--for=condition=Ready", "pod", "--field-selector", `spec.nodeName=${on}`];
  const ofAgent = ["-l", "app=antrea,component=antrea-agent"];
  await eventually(`the agent of ${on} is back`, async () => (await agentPod(lab, on)) !== "");
  await lab.kubectl(["-n", "kube-system", ...ready, ...ofAgent, timeout(60)]);
}

async function imageOf(on: string): Promise<string> {
  const path = 'jsonpath={.status.containerStatuses[?(@.name=="antrea-agent")].imageID}';
  const pod = await agentPod(lab, on);
  return lab.kubectl(["-n", "kube-system", "get", "pod", pod, "-o", path]);
}

/** Does something while Pods of one Node and of both talk, and loses no packet. */
async function underLoad(t: TestContext, work: () => Promise<void>): Promise<void> {
  t.diagnostic(`from ${earlier.commit}`);
  const echoes = await Promise.all(
    ["near", "right"].map((to) => steadyPing(lab, "left", addresses.get(to) ?? "", { everyMs: 1 })),
  );
  await work();
  for (const { lost, account } of await Promise.all(echoes.map((echo) => echo.stop()))) {
    t.diagnostic(`an echo each millisecond: ${account}`);
    assert.deepEqual(lost, [], account);
  }
}

test("beside an agent of the version before the mode changes as ever, led by that version's controller and by this one's", async (t) => {
  const before = await imageOf(node);
  await underLoad(t, async () => {
    await applyManifest({ replace: "none" });
    await replaceAgent(node);
    assert.notEqual(await imageOf(node), before, "another agent runs");
    assert.equal(await imageOf(otherNode), before, "the agent of before runs");
    for (const leader of ["before", "this version"]) {
      if (leader === "this version") await replacePods("deployment/antrea-controller");
      for (const [mode, tunnel] of changes)
        t.diagnostic(
          `led by ${leader}: ${mode} with ${tunnel} after ${Math.round(await switchTo(lab, mode, tunnel))} ms`,
        );
    }
  });
});

test("the agents of the version before are replaced by these under load, and no packet is lost", async (t) => {
  const before = await imageOf(otherNode);
  await underLoad(t, async () => {
    await applyManifest({ replace: "all" });
    await replacePods("daemonset/antrea-agent");
  });
  assert.notEqual(await imageOf(otherNode), before, "another agent runs");
  const made = await startPods(lab, [{ name: "after", node: otherNode }]);
  await eventually(
    "a Pod of before reaches one of after",
    async () => (await ping(lab, "left", made.get("after") ?? "", { count: 1 })) === 1,
  );
  assert.match(
    await inAgent(lab, otherNode, "antrea-agent", ["antctl", "get", "agentinfo"]),
    /Healthy/,
  );
});
