import { objectNames } from "@antrea/api";
import { apiClient } from "../../io/api-client.ts";
import { processesInCgroup } from "../../io/cgroup.ts";
import type { Lab } from "../../io/lab.ts";
import { waitFor } from "../../io/wait.ts";
import type { NodePlan } from "../../plan/lab-plan.ts";
import { type SetupName, setups } from "../plan.ts";
import {
  benchNamespace,
  type BenchPodName,
  benchPods,
  podObjects,
  withSettings,
} from "../product.ts";
import { switchProcessIn, type SwitchProcess } from "./switch-process.ts";
import type { Endpoint } from "./traffic.ts";

/** Sets the product up as a user does: edits the ConfigMap, and has the agents started anew. */
export async function changeSetup(lab: Lab, name: SetupName, signal: AbortSignal): Promise<void> {
  const { namespace, configMap, agentConfigKey, agent } = objectNames;
  const inSystem = (...args: readonly string[]) =>
    lab.kubectl(["--namespace", namespace, ...args], { signal });
  const found = JSON.parse(await inSystem("get", "configmap", configMap, "-o", "json")) as {
    readonly data: Readonly<Record<string, string>>;
  };
  const config = withSettings(found.data[agentConfigKey] ?? "", setups[name]);
  const patch = JSON.stringify({ data: { [agentConfigKey]: config } });
  await inSystem("patch", "configmap", configMap, "--type=merge", "--patch", patch);
  await inSystem("rollout", "restart", `daemonset/${agent}`);
  await inSystem("rollout", "status", `daemonset/${agent}`, "--timeout=180s");
  await modeSettled(lab, setups[name].settings.trafficEncapMode, signal);
}

/** A changed mode is in force once the controller has led all Nodes through it: agents that run are not enough. */
async function modeSettled(lab: Lab, mode: string, signal: AbortSignal): Promise<void> {
  const said = "jsonpath={.spec.to.trafficEncapMode}/{.spec.step}/{.status.next}";
  const asked = ["get", "modechange", objectNames.modeChange, "-o", said];
  await waitFor(
    async () => (await lab.kubectl(asked, { signal })) === `${mode}/Done/` || undefined,
    {
      what: `all Nodes to have the change to ${mode} behind them`,
      timeoutMs: 60_000,
      everyMs: 300,
      remedy: `see what it waits for: ./antrea-lab --name ${lab.name} kubectl describe modechange`,
      signal,
    },
  );
}

export type BenchPods = Readonly<Record<BenchPodName, Endpoint>>;

/** Makes the Pods anew, so that each has the MTU and offloads of the setup in force. */
export async function renewPods(lab: Lab, signal: AbortSignal): Promise<BenchPods> {
  const names = benchPods.map(({ name }) => name);
  const inBench = ["--namespace", benchNamespace];
  const gone = ["delete", "pod", ...names, "--ignore-not-found", "--wait"];
  await lab.kubectl([...inBench, ...gone], { signal });
  await lab.apply(podObjects(lab.plan.nodes.map(({ name }) => name)), { signal });
  const entries = await waitFor(() => runningPods(lab), {
    what: "the Pods of the benchmark to run",
    timeoutMs: 90_000,
    remedy: `see why: ./antrea-lab --name ${lab.name} kubectl -n ${benchNamespace} describe pods`,
    signal,
  });
  return Object.fromEntries(entries) as BenchPods;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly status?: {
      readonly podIP?: string;
      readonly containerStatuses?: readonly { readonly ready: boolean }[];
    };
  }[];
}

/** Undefined until all of them run. */
async function runningPods(
  lab: Lab,
): Promise<readonly (readonly [string, Endpoint])[] | undefined> {
  const list = await apiClient(lab.plan).get<PodList>(`/api/v1/namespaces/${benchNamespace}/pods`);
  const entries = (list?.items ?? []).flatMap(({ metadata, status }) => {
    const node = lab.plan.nodes[benchPods.find(({ name }) => name === metadata.name)?.node ?? -1];
    const isReady = status?.containerStatuses?.every(({ ready }) => ready) ?? false;
    if (!node || !status?.podIP || !isReady) return [];
    const net = namespaceOfPod(node, metadata.uid);
    return net ? [[metadata.name, { net, address: status.podIP }] as const] : [];
  });
  return entries.length === benchPods.length ? entries : undefined;
}

/** By any process of the Pod: in cgroups of the kind `cgroupfs`, a Pod without requests is here. */
function namespaceOfPod({ cgroup }: NodePlan, uid: string): string | undefined {
  const [first] = processesInCgroup(`${cgroup}/kubepods/besteffort/pod${uid}`);
  return first && `/proc/${first.pid}/ns/net`;
}

/** The product's ovs-vswitchd of each Node. */
export async function productSwitches(
  lab: Lab,
  signal: AbortSignal,
): Promise<readonly SwitchProcess[]> {
  return await waitFor(
    () => {
      const found = lab.nodes.map(({ namespaces }) => switchProcessIn(namespaces.net));
      return found.every((one) => one !== undefined) ? found : undefined;
    },
    {
      what: "ovs-vswitchd of each Node",
      timeoutMs: 30_000,
      remedy: `read its log: ./antrea-lab --name ${lab.name} kubectl -n kube-system logs ds/antrea-ovs`,
      signal,
    },
  );
}

/** How many Pods of others each Node has: ports that the floor needs too, since each is polled. */
export async function otherPodCounts(lab: Lab): Promise<readonly number[]> {
  interface Pods {
    readonly items: readonly {
      readonly metadata: { readonly namespace: string };
      readonly spec: { readonly nodeName?: string; readonly hostNetwork?: boolean };
    }[];
  }
  const list = await apiClient(lab.plan).get<Pods>("/api/v1/pods");
  return lab.plan.nodes.map(
    ({ name }) =>
      (list?.items ?? []).filter(
        ({ metadata, spec }) =>
          metadata.namespace !== benchNamespace && spec.nodeName === name && !spec.hostNetwork,
      ).length,
  );
}
