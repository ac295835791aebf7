import { formatNetworkState, type ModeChange, modeChangeKind, nodeAnnotations } from "@antrea/api";
import { objectNames, parseCustom, withOptions } from "@antrea/api";
import { silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { type KubeClient, resources } from "@antrea/kube";
import { kubeClient, loadKubeConfig } from "@antrea/kube/io";
import type { Lab } from "../../io/lab.ts";
import { waitFor } from "../../io/wait.ts";
import { peerState } from "../scale-plan.ts";

/** How many requests are under way at once: agents of a thousand Nodes tell at about the same time. */
const atOnce = 50;

/**
 * How long a change of the tunnel's type takes with peers that are Node objects alone, in seconds. What their
 * agents would tell is told for them, at each step and as late as one client can; the lab's own Nodes have
 * the flows of all of them to change.
 */
export async function measureLiveSwitch(
  lab: Lab,
  peers: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const access = await loadKubeConfig({ kubeconfig: lab.kubeconfig });
  const deps = { log: silentLogger, clock: systemClock, userAgent: "antrea-lab-bench" };
  const client = kubeClient(access, deps);
  try {
    const before = await changeOf(client, signal);
    await tellAll(client, peers, before, signal);
    const tunnelType = before.to.tunnelType === "vxlan" ? "geneve" : "vxlan";
    const began = performance.now();
    await askFor(client, tunnelType, signal);
    await tellUntilDone(client, peers, { tunnelType, before }, signal);
    return (performance.now() - began) / 1000;
  } finally {
    client.close();
  }
}

type Spec = ModeChange["spec"];

async function tellUntilDone(
  client: KubeClient,
  peers: readonly string[],
  { tunnelType, before }: { readonly tunnelType: string; readonly before: Spec },
  signal: AbortSignal,
): Promise<void> {
  let told = before;
  await waitFor(
    async () => {
      const spec = await changeOf(client, signal);
      const isNew = spec.number !== told.number || spec.step !== told.step;
      if (isNew) await tellAll(client, peers, spec, signal);
      told = spec;
      return spec.to.tunnelType === tunnelType && spec.step === "Done" ? true : undefined;
    },
    {
      what: `${peers.length} peers to be sent ${tunnelType}`,
      timeoutMs: 300_000,
      everyMs: 50,
      remedy: "see what it waits for: antctl get modechange",
      signal,
    },
  );
}

/** What the agents of these Nodes would tell of this step. */
async function tellAll(
  client: KubeClient,
  peers: readonly string[],
  spec: Spec,
  signal: AbortSignal,
): Promise<void> {
  const text = formatNetworkState(peerState(spec));
  const body = { metadata: { annotations: { [nodeAnnotations.networkState]: text } } };
  const left = [...peers];
  const one = async (): Promise<void> => {
    for (let name = left.pop(); name !== undefined; name = left.pop())
      await client.patch(resources.nodes, { name }, { kind: "merge", body }, { signal });
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

async function changeOf(client: KubeClient, signal: AbortSignal): Promise<Spec> {
  const name = objectNames.modeChange;
  const object = await client.find(resources.antreaModeChanges, { name }, { signal });
  const parsed = parseCustom(modeChangeKind, object);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed.value.spec;
}

async function askFor(client: KubeClient, tunnelType: string, signal: AbortSignal): Promise<void> {
  const { namespace, configMap: name, agentConfigKey } = objectNames;
  const found = await client.find(resources.configMaps, { namespace, name }, { signal });
  const { data = {} } = (found ?? {}) as { readonly data?: Readonly<Record<string, string>> };
  const text = withOptions(data[agentConfigKey] ?? "", { tunnelType });
  const body = { data: { [agentConfigKey]: text } };
  await client.patch(
    resources.configMaps,
    { namespace, name },
    { kind: "merge", body },
    { signal },
  );
}
