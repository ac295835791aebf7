import assert from "node:assert/strict";
import { test } from "node:test";
import {
  deletePods,
  eventually,
  inAgent,
  labForFile,
  ping,
  startPods,
} from "../support/cluster.ts";
import {
  askFor,
  freezeAgent,
  seenChange,
  switchTo,
  untilDone,
  untilStep,
} from "../support/mode-change.ts";
import { type SteadyPing, steadyPing } from "../support/steady-ping.ts";

/** A change of the traffic mode on bad days: in each of them Pods talk all the time, and no echo may be lost. */
const lab = labForFile("modedays", { mode: "encap", nodes: 3, subnets: 2 });

const pods = [
  { name: "here", node: "node-1" },
  { name: "near", node: "node-2" },
  { name: "far", node: "node-3" },
];
let addresses: ReadonlyMap<string, string> = new Map();

/** Echoes between all pairs of Nodes; the Pod of node-3 is not among `senders` where nothing can be run in it. */
async function whileTalking(
  work: () => Promise<void>,
  senders: readonly string[] = ["here", "near", "far"],
): Promise<number> {
  if (addresses.size === 0) addresses = await startPods(lab(), pods);
  const pairs = [
    ["here", "near"],
    ["far", "here"],
    ["near", "far"],
  ].filter(([from = ""]) => senders.includes(from));
  const echoes: SteadyPing[] = [];
  for (const [from = "", to = ""] of pairs)
    echoes.push(await steadyPing(lab(), from, addresses.get(to) ?? assert.fail()));
  await work();
  const all = await Promise.all(echoes.map((one) => one.stop()));
  assert.deepEqual(
    all.map(({ lost }) => lost),
    all.map(() => []),
  );
  return all.reduce((sum, { answered }) => sum + answered, 0);
}

for (const step of ["Accept", "Send", "Retire"] as const) {
  test(`the leading controller dies in step ${step}: another one goes on, and no echo is lost`, async (t) => {
    const [mode, tunnel] =
      step === "Send" ? (["encap", "geneve"] as const) : (["hybrid", "vxlan"] as const);
    const answered = await whileTalking(async () => {
      // the step lasts as long as one agent does not answer
      const held = await freezeAgent(lab(), "node-2");
      await askFor(lab(), mode, tunnel);
      await untilStep(lab(), "the change has begun", ["Accept"]);
      if (step !== "Accept") {
        await held.release();
        await untilStep(lab(), `step ${step} is seen`, stepsFrom(step));
      }
      await lab().kubectl([
        "-n",
        "kube-system",
        "delete",
        "pod",
        "-l",
        "component=antrea-controller",
        "--grace-period=0",
        "--force",
      ]);
      await held.release();
      await untilDone(lab(), mode, tunnel);
    });
    t.diagnostic(`${answered} echoes answered`);
  });
}

function stepsFrom(step: string): readonly string[] {
  const all = ["Accept", "Send", "Retire", "Done"];
  return all.slice(all.indexOf(step));
}

test("an agent that does not answer holds the change before any packet takes another way; --abort goes back", async () => {
  await whileTalking(async () => {
    const held = await freezeAgent(lab(), "node-3");
    await askFor(lab(), "encap", "gre");
    await eventually("the change waits for node-3, and says so", async () => {
      const { step, waiting } = await seenChange(lab());
      return step === "Accept" && waiting.map(({ nodeName }) => nodeName).join() === "node-3";
    });
    const told = await inAgent(lab(), "node-1", "antrea-agent", ["antctl", "get", "modechange"]);
    assert.match(told, /Accept +2\/3 .*node-3: has not acted on change/);
    const { to } = await seenChange(lab());
    assert.equal(to, "encap gre");
    await askFor(lab(), "hybrid", "vxlan"); // what --abort writes: the settings that were left
    await held.release();
    await untilDone(lab(), "hybrid", "vxlan");
  });
});

test("two changes in quick succession, and a third one back: the last is what holds", async () => {
  await whileTalking(async () => {
    await askFor(lab(), "encap", "geneve");
    await askFor(lab(), "hybrid", "gre");
    await untilStep(lab(), "one is sent", ["Send", "Retire", "Done"]);
    await askFor(lab(), "encap", "vxlan");
    await untilDone(lab(), "encap", "vxlan");
  });
});

test("a Node whose kubelet and agent are away throughout is sent the old form, and follows when it is back", async (t) => {
  const answered = await whileTalking(async () => {
    const held = await freezeAgent(lab(), "node-3");
    await lab().stop("node-3/kubelet");
    await eventually(
      "Kubernetes calls node-3 not ready",
      async () => /NotReady/.test(await lab().kubectl(["get", "node", "node-3"])),
      120_000,
    );
    await askFor(lab(), "hybrid", "geneve");
    await untilStep(lab(), "all but node-3 are through", ["Retire"]);
    const { waiting } = await seenChange(lab());
    assert.deepEqual(waiting.at(-1)?.nodeName, "node-3");
    await lab().start("node-3/kubelet");
    await held.release();
    await untilDone(lab(), "hybrid", "geneve");
  }, ["here", "near"]);
  t.diagnostic(`${answered} echoes answered`);
});

test("a datagram larger than the link is whole on the other side, before, during and after a change", async () => {
  for (const [mode, tunnel] of [
    ["encap", "vxlan"],
    ["hybrid", "geneve"],
  ] as const) {
    const changing = switchTo(lab(), mode, tunnel);
    for (let i = 0; i < 5; i++)
      for (const to of ["near", "far"])
        assert.equal(
          await ping(lab(), "here", addresses.get(to) ?? "", { sizeBytes: 4000, count: 2 }),
          2,
          `${to}, ${mode} ${tunnel}`,
        );
    await changing;
  }
  await deletePods(lab(), ...pods.map(({ name }) => name));
});
