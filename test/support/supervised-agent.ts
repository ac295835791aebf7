import type { Lab } from "@antrea/lab";
import { agentPod, containerId, ctr, eventually } from "./cluster.ts";

/** A Node's agent while its kubelet is off: killed and started anew by the test, without a kubelet's back-off. */
export interface SupervisedAgent {
  kill(): Promise<void>;
  /** Starts it in its container as it was; returns before it listens. */
  start(): Promise<void>;
  /** Waits until it can connect Pods. */
  ready(): Promise<void>;
  /** What agents started here have logged. */
  log(): Promise<string>;
}

/** Takes the agent of a Node over from its kubelet, which is stopped. */
export async function superviseAgent(lab: Lab, nodeName: string): Promise<SupervisedAgent> {
  const node = lab.node(nodeName);
  const pod = await agentPod(lab, nodeName);
  const id = await containerId(lab, { namespace: "kube-system", pod, container: "antrea-agent" });
  const log = "/var/run/antrea/supervised-agent.log";
  await lab.stop(`${nodeName}/kubelet`);
  const status = async () =>
    new RegExp(`^${id}\\s+\\d+\\s+(\\w+)`, "m").exec(await node.exec([...ctr, "tasks", "ls"]))?.[1];
  return {
    async kill() {
      await node.attempt([...ctr, "tasks", "kill", "--signal", "SIGKILL", id]);
      await eventually("the agent has ended", async () => (await status()) !== "RUNNING");
      await node.attempt([...ctr, "tasks", "delete", id]); // unless containerd's CRI has done so
    },
    async start() {
      await node.exec([...ctr, "tasks", "start", "--detach", "--log-uri", `file://${log}`, id]);
    },
    async ready() {
      await eventually(
        "the agent is ready",
        async () => {
          const argv = ["curl", "-sf", "--max-time", "2", "http://127.0.0.1:10349/readyz"] as const;
          return (await node.attempt(argv)).exitCode === 0;
        },
        120_000,
      );
    },
    log: () => node.exec(["cat", log]),
  };
}
