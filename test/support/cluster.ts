import assert from "node:assert/strict";
import { after, before } from "node:test";
import { apiVersionOfKind, type ModeChange, modeChangeKind, objectNames } from "@antrea/api";
import { definedResource, type KubeObject, resources } from "@antrea/kube";
import {
  type EchoTrain,
  type Lab,
  type LabRequest,
  parsePing,
  patience,
  pingArgv,
  type RunOptions,
  type StartOptions,
  startLab,
  stderrProgress,
  takeDown,
  waitFor,
} from "@antrea/lab";
import { datapath } from "./datapath.ts";
import { apiOf, attemptIn, closeApi, type ContainerPlace, execIn } from "./kube-client.ts";

/** Where a lab takes many minutes, it says how far it is. */
const progress: StartOptions = patience() > 1 ? { progress: stderrProgress } : {};

/** A lab for all tests of a file: started before the first, taken down after the last. */
export function labForFile(name: string, request: LabRequest): () => Lab {
  let lab: Lab | undefined;
  const ended = new AbortController();
  before(async () => {
    process.once("SIGTERM", endAll);
    const options = { ...progress, signal: ended.signal };
    lab = await startLab({ name, datapath, ...request }, options);
  });
  after(async () => {
    if (lab) await closeApi(lab);
    await lab?.down();
    process.off("SIGTERM", endAll);
  });

  /** Tests that are stuck, or that nobody wants any more, leave no lab that would hold up the others. */
  function endAll(): void {
    ended.abort(new Error("the tests were ended"));
    void takeDown(name).finally(() => process.exit(143));
  }

  return () => {
    assert.ok(lab, "the lab has started");
    return lab;
  };
}

export interface TestPod {
  readonly name: string;
  readonly node: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly capabilities?: readonly string[];
}

/** Starts Pods and gives their addresses by name, once all of them run. */
export async function startPods(
  lab: Lab,
  pods: readonly TestPod[],
  { timeoutSeconds = 60 } = {},
): Promise<ReadonlyMap<string, string>> {
  await lab.apply(
    pods.map(
      ({ name, node, image = "nginx:1.21", command, labels, annotations, capabilities }) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          name,
          namespace: "default",
          labels: { app: name, ...labels },
          ...(annotations ? { annotations } : {}),
        },
        spec: {
          nodeName: node,
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name,
              image,
              imagePullPolicy: "IfNotPresent",
              ...(command ? { command } : {}),
              ...(capabilities ? { securityContext: { capabilities: { add: capabilities } } } : {}),
            },
          ],
        },
      }),
    ),
  );
  const addresses = new Map<string, string>();
  for (const { name } of pods) addresses.set(name, await podAddress(lab, name, { timeoutSeconds }));
  return addresses;
}

/** The option of kubectl and antctl, for a machine as slow as ANTREA_LAB_PATIENCE says. */
export function timeout(seconds: number): string {
  return `--timeout=${seconds * patience()}s`;
}

/** The address of a Pod once it is Ready. */
export async function podAddress(
  lab: Lab,
  name: string,
  { timeoutSeconds = 60 } = {},
): Promise<string> {
  const api = await apiOf(lab);
  return waitFor(
    async () => {
      const { status } = await api.get(resources.pods, { namespace: "default", name });
      const isReady = status?.conditions?.some(
        (one) => one.type === "Ready" && one.status === "True",
      );
      return isReady ? status?.podIP : undefined;
    },
    {
      what: `Pod ${name} to be Ready`,
      timeoutMs: timeoutSeconds * 1000,
      remedy: `kubectl describe pod ${name}`,
    },
  );
}

export async function deletePods(lab: Lab, ...names: readonly string[]): Promise<void> {
  await lab.kubectl(["delete", "pod", ...names, "--now", "--ignore-not-found", "--wait"]);
}

export function inPod(lab: Lab, pod: string, argv: readonly string[]): Promise<string> {
  return execIn(lab, { pod }, argv);
}

/** The name of the agent Pod on a Node. */
export function agentPod(lab: Lab, node: string): Promise<string> {
  return podOf(lab, node, "antrea-agent");
}

/** The name of a component's Pod on a Node. */
export async function podOf(
  lab: Lab,
  node: string,
  component: "antrea-agent" | "antrea-ovs",
): Promise<string> {
  const api = await apiOf(lab);
  const { items } = await api.list(resources.pods, {
    namespace: "kube-system",
    labelSelector: `app=antrea,component=${component}`,
    fieldSelector: `spec.nodeName=${node}`,
  });
  return items[0]?.metadata?.name ?? assert.fail(`a Pod of ${component} is on ${node}`);
}

/** Runs a command in a container of a Node's agent Pod, as the guide does. */
export async function inAgent(
  lab: Lab,
  node: string,
  container: "antrea-agent" | "antrea-ovs",
  argv: readonly string[],
): Promise<string> {
  const pod = await agentPod(lab, node);
  return execIn(lab, { namespace: "kube-system", pod, container }, argv);
}

/** Runs a command where a Node's Open vSwitch runs. */
export async function inOpenVSwitch(
  lab: Lab,
  node: string,
  argv: readonly string[],
): Promise<string> {
  const pod = await podOf(lab, node, "antrea-ovs");
  return execIn(lab, { namespace: "kube-system", pod, container: "openvswitch" }, argv);
}

/** Kills a container's main process with SIGKILL, as the kernel does when memory runs out. */
export async function killContainer(
  lab: Lab,
  node: string,
  pod: string,
  container: string,
): Promise<void> {
  const id = await containerId(lab, { namespace: "kube-system", pod, container });
  await lab.node(node).exec([...ctr, "tasks", "kill", "--signal", "SIGKILL", id]);
}

/** Keeps what supervises a Node's Open vSwitch from starting it anew, until that is let. */
export async function holdOpenVSwitch(lab: Lab, node: string): Promise<Held> {
  const pod = await podOf(lab, node, "antrea-ovs");
  return freeze(lab, node, { namespace: "kube-system", pod, container: "openvswitch" });
}

/** A container that stands still. */
export interface Held {
  release(): Promise<void>;
}

/** Stops a container's processes where they are, until they are let go on. */
export async function freeze(lab: Lab, node: string, place: ContainerPlace): Promise<Held> {
  const id = await containerId(lab, place);
  const signal = (name: string) =>
    lab.node(node).exec([...ctr, "tasks", "kill", "--signal", name, id]);
  await signal("SIGSTOP");
  return {
    async release() {
      await signal("SIGCONT");
    },
  };
}

/** What kills a container of whatever Pod, as above; it is found beforehand, so that the kill is at once. */
export async function killerOf(
  lab: Lab,
  node: string,
  place: ContainerPlace,
): Promise<() => Promise<unknown>> {
  const id = await containerId(lab, place);
  return () => lab.node(node).exec([...ctr, "tasks", "kill", "--signal", "SIGKILL", id]);
}

/** A way into a container that needs no API server. */
export interface ContainerDoor {
  run(argv: readonly string[], options?: RunOptions): Promise<string>;
}

/** Runs commands in a container by its Node's containerd; asks the API server where it is, once. */
export async function containerDoor(
  lab: Lab,
  node: string,
  place: ContainerPlace,
): Promise<ContainerDoor> {
  const id = await containerId(lab, place);
  let count = 0;
  return {
    run(argv, options) {
      count += 1;
      const name = `door-${process.pid}-${count}`;
      return lab
        .node(node)
        .exec([...ctr, "tasks", "exec", "--exec-id", name, id, ...argv], options);
    },
  };
}

/** The client of a Node's containerd, in the namespace of Kubernetes. */
export const ctr = [
  "/opt/antrea-lab/bin/ctr",
  ...["--address", "/run/containerd/containerd.sock", "--namespace", "k8s.io"],
] as const;

/** The file of a Pod's network namespace, as this machine sees it. */
export async function podNetns(lab: Lab, node: string, place: ContainerPlace): Promise<string> {
  return `/proc/${await containerPid(lab, node, place)}/ns/net`;
}

/** A container's main process, as this machine counts. */
export async function containerPid(lab: Lab, node: string, place: ContainerPlace): Promise<string> {
  const id = await containerId(lab, place);
  const tasks = await lab.node(node).exec([...ctr, "tasks", "ls"]);
  return (
    new RegExp(`^${id}\\s+(\\d+)`, "m").exec(tasks)?.[1] ??
    assert.fail(`a process of ${place.pod} runs on ${node}`)
  );
}

export async function containerId(
  lab: Lab,
  { namespace = "default", pod, container }: ContainerPlace,
): Promise<string> {
  const api = await apiOf(lab);
  const { status } = await api.get(resources.pods, { namespace, name: pod });
  const found = status?.containerStatuses?.find(({ name }) => name === container);
  const id = found?.containerID ?? assert.fail(`${container} of ${pod} runs`);
  return id.replace("containerd://", "");
}

/** Sends echo requests from a Pod (three); how many were answered. */
export async function ping(
  lab: Lab,
  pod: string,
  address: string,
  train: EchoTrain = {},
): Promise<number> {
  const { stdout, stderr } = await attemptIn(lab, { pod }, pingArgv(address, train));
  const { sent, received } = parsePing(stdout, train.count);
  assert.ok(sent > 0, `ping ran in ${pod}: ${stderr}`);
  return received;
}

/** Replaces the agent's configuration as the guide does, restarts the agents, and waits until all run. */
export async function configureAgents(lab: Lab, text: string): Promise<void> {
  await setAgentConfig(lab, text);
  await lab.kubectl(["-n", "kube-system", "rollout", "restart", "daemonset/antrea-agent"]);
  await lab.kubectl([
    "-n",
    "kube-system",
    "rollout",
    "status",
    "daemonset/antrea-agent",
    timeout(180),
  ]);
  await eventually("all Nodes have the mode behind them", () => isModeSettled(lab));
}

/** Whether no change of the traffic mode is under way. */
export async function isModeSettled(lab: Lab): Promise<boolean> {
  const { spec, status } = await modeChangeOf(lab);
  return spec.step === "Done" && !status?.next;
}

const modeChanges = definedResource<KubeObject & ModeChange>(
  apiVersionOfKind(modeChangeKind),
  modeChangeKind,
);

/** The change of the traffic mode that is under way, or was the last one. */
export async function modeChangeOf(lab: Lab): Promise<ModeChange> {
  const api = await apiOf(lab);
  const { modeChange: name } = objectNames;
  return api.get(modeChanges, { name });
}

export async function setAgentConfig(lab: Lab, text: string): Promise<void> {
  const api = await apiOf(lab);
  const name = { namespace: "kube-system", name: objectNames.configMap };
  const body = { data: { "antrea-agent.conf": text } };
  await api.patch(resources.configMaps, name, { kind: "merge", body });
}

/** Waits until `probe` holds, and fails with `what` if it does not within a minute, which is no figure of ours. */
export async function eventually(
  what: string,
  probe: () => Promise<boolean> | boolean,
  timeoutMs = 60_000,
): Promise<void> {
  await waitFor(async () => ((await probe()) ? true : undefined), {
    what,
    timeoutMs,
    remedy: "see the agent's log",
  });
}
