import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { after, test } from "node:test";
import { openLab } from "./io/lab.ts";
import { findComponent } from "./record/record.ts";
import { requireRecord } from "./io/lab.ts";
import { antreaLab, killedAt, ownStateRoot } from "./testing/command-line.ts";
import { tracesOf } from "./testing/traces.ts";

// A lab of one Node with Debian's bridge plugin: what is cleaned up does not depend on the network.
const name = `clean-${process.pid}`;
const small = ["--name", name, "--cni", "bridge", "--nodes", "1", "--subnets", "1"];
const stateRoot = await ownStateRoot();
const traces = () => tracesOf(name, stateRoot);
const before = traces().filter((trace) => trace !== `file ${stateRoot}`);
after(() => antreaLab("down", "--name", name));

for (const sentence of [
  "Lay the fabric",
  "Sign certificates … done",
  "Give each Node its disk",
  "Start controllers and scheduler … done",
  "Wait until all Nodes are Ready",
])
  test(`down leaves nothing of an up that was killed at "${sentence}"`, async () => {
    const { stderr } = await killedAt(sentence, "up", ...small);
    assert.ok(stderr.includes(sentence));
    const { exitCode, stderr: said } = await antreaLab("down", "--name", name);
    assert.deepEqual({ exitCode, said }, { exitCode: 0, said: "" });
    assert.deepEqual(traces(), before);
  });

test("up removes what a killed up left, and down leaves nothing, also after a kubelet was killed", async () => {
  await killedAt("Start kubelets and kube-proxies … done", "up", ...small);
  const { exitCode, stderr } = await antreaLab("up", ...small);
  assert.equal(exitCode, 0, stderr);

  const lab = openLab(name);
  await lab.kubectl(["run", "pod-a", "--image=nginx:1.21"]);
  await lab.kubectl(["wait", "--for=condition=Ready", "pod/pod-a", "--timeout=60s"]);
  const kubelet = findComponent(requireRecord(name).get(), "node-1/kubelet");
  assert.ok(kubelet);
  process.kill(kubelet.process.pid, "SIGKILL");
  assert.ok(traces().some((trace) => trace.startsWith("process")));

  assert.equal((await antreaLab("down", "--name", name)).exitCode, 0);
  assert.deepEqual(traces(), before);
});

test("what a killed test left, the next one removes", async () => {
  const own = process.env["ANTREA_LAB_STATE"];
  try {
    const { pid } = spawnSync("true"); // a process that is no more
    process.env["ANTREA_LAB_STATE"] = `/var/lib/antrea-lab-test-${pid}-killed`;
    await killedAt("Start controllers and scheduler … done", "up", ...small);
    assert.ok(traces().some((trace) => trace.startsWith("process")));
    await ownStateRoot();
    assert.deepEqual(
      traces().filter((trace) => trace !== `file ${stateRoot}`),
      before,
    );
    assert.equal(existsSync(`/var/lib/antrea-lab-test-${pid}-killed`), false);
    rmSync(String(process.env["ANTREA_LAB_STATE"]), { recursive: true });
  } finally {
    process.env["ANTREA_LAB_STATE"] = own;
  }
});

test("down of a lab that is not there is no failure", async () => {
  const { exitCode, stdout } = await antreaLab("down", "--name", name);
  assert.deepEqual([exitCode, stdout], [0, "There was nothing to remove.\n"]);
});
