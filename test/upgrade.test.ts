import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Lab, openLab } from "@antrea/lab";
import { exportProductImages } from "@antrea/lab/images";
import { parseAllDocuments } from "yaml";
import { agentPod, eventually, inAgent, ping, startPods } from "./support/cluster.ts";
import { earlierVersion } from "./support/earlier-version.ts";
import { steadyPing } from "./support/steady-ping.ts";

const name = "upgrade";

/** A lab of the version before, with that version's agents. */
async function labOfEarlierVersion(t: TestContext): Promise<Lab> {
  const before = await earlierVersion();
  t.after(() => before[Symbol.asyncDispose]());
  t.diagnostic(`from ${before.commit}`);
  await before.antreaLab("--name", name, "up", "--nodes", "2", "--mode", "encap");
  const lab = openLab(name);
  t.after(() => lab.down());
  return lab;
}

/** Brings this version's images to the Nodes, under the name that the manifest says. */
async function loadImages(lab: Lab): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "antrea-images-"));
  try {
    const archive = join(folder, "images.tar");
    await exportProductImages(archive);
    const load = ["images", "import", "--snapshotter", "overlayfs", archive];
    const place = ["--address", "/run/containerd/containerd.sock", "--namespace", "k8s.io"];
    for (const { name: node } of lab.plan.nodes)
      await lab.node(node).exec(["/opt/antrea-lab/bin/ctr", ...place, ...load]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `kubectl apply -f deploy/antrea.yml`, less the configuration, which is the user's, and Open vSwitch, which is not upgraded. */
async function applyManifest(lab: Lab): Promise<void> {
  const file = new URL("../deploy/antrea.yml", import.meta.url);
  const documents = parseAllDocuments(readFileSync(file, "utf8"))
    .map((document) => document.toJS() as { kind: string; metadata: { name: string } })
    .filter(({ kind, metadata }) => kind !== "ConfigMap" && metadata.name !== "antrea-ovs");
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: documents });
  await lab.kubectl(["apply", "-f", "-"], { input });
}

const imageOf = async (lab: Lab): Promise<string> => {
  const path = 'jsonpath={.status.containerStatuses[?(@.name=="antrea-agent")].imageID}';
  const pod = await agentPod(lab, "node-1");
  return lab.kubectl(["-n", "kube-system", "get", "pod", pod, "-o", path]);
};

test("the agents of the version before are replaced by these under load, and no packet is lost", async (t) => {
  const lab = await labOfEarlierVersion(t);
  const addresses = await startPods(lab, [
    { name: "left", node: "node-1" },
    { name: "near", node: "node-1" },
    { name: "right", node: "node-2" },
  ]);
  const earlier = await imageOf(lab);
  await loadImages(lab);
  const echoes = await Promise.all(
    ["near", "right"].map((to) => steadyPing(lab, "left", addresses.get(to) ?? "", { everyMs: 1 })),
  );
  const agents = ["-n", "kube-system", "rollout"];
  await applyManifest(lab);
  await lab.kubectl([...agents, "restart", "daemonset/antrea-agent"]);
  await lab.kubectl([...agents, "status", "daemonset/antrea-agent", "--timeout=120s"]);
  assert.notEqual(await imageOf(lab), earlier, "another agent runs");
  for (const echo of echoes) {
    const { answered, lost } = await echo.stop();
    t.diagnostic(`${answered} echoes answered, one each millisecond; lost ${lost.length}`);
    assert.deepEqual(lost, []);
  }
  const made = await startPods(lab, [{ name: "after", node: "node-2" }]);
  await eventually(
    "a Pod of before reaches one of after",
    async () => (await ping(lab, "left", made.get("after") ?? "", { count: 1 })) === 1,
  );
  assert.match(
    await inAgent(lab, "node-1", "antrea-agent", ["antctl", "get", "agentinfo"]),
    /Healthy/,
  );
});
