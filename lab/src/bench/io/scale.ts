import type { Lab, LabHost } from "../../io/lab.ts";
import { waitFor } from "../../io/wait.ts";
import type { FigureSample } from "../figures.ts";
import { sumOf } from "../prometheus.ts";
import { manyPeers, scaleLabel, scaleName, scaleNodes, singles } from "../scale-plan.ts";
import { agentMetrics } from "./agent-metrics.ts";
import { idlePercent, one, programsOf } from "./footprint.ts";
import { measureLiveSwitch } from "./live-switch.ts";
import { residentMb } from "./program-process.ts";

/** What the agent has told so far of its peers and flows. */
interface PeerNumbers {
  readonly peers: number;
  readonly flows: number;
  readonly realized: number;
  readonly realizedSeconds: number;
}

/**
 * What a large cluster costs a Node: Node objects without kubelets are made in the lab's API server,
 * and the agent of the first Node tells what each one took. `seconds` is for how long programs are
 * watched at rest.
 */
export async function measureScale(
  lab: Lab,
  seconds: number,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<readonly FigureSample[]> {
  const [node] = lab.nodes;
  if (!node) throw new Error("the lab has a Node");
  const { agent, controller } = await programsOf(lab, signal);
  try {
    note("a few Nodes come, one after another");
    const few = await addSingly(lab, node, 0, signal);
    note(`${manyPeers} Nodes come together`);
    await addTogether(lab, node, singles, manyPeers, signal);
    note("and some more, one after another");
    const more = await addSingly(lab, node, manyPeers, signal);
    note("at rest, once kube-controller-manager leaves these Nodes as they are");
    await untilNodesRest(lab, signal);
    const [agentCpu] = await idlePercent([agent], seconds, signal);
    const [agentMb, controllerMb] = [residentMb(agent), residentMb(controller)];
    note(`another type of tunnel, with ${manyPeers} Nodes there`);
    const peers = Array.from({ length: manyPeers + singles }, (_, i) => scaleName(i));
    const switchSeconds = await measureLiveSwitch(lab, peers, signal);
    return [
      ...more.flatMap(({ flows, ms }, round) => [
        { figure: "peerFlows", round, value: flows, other: few[round]?.flows } as const,
        { figure: "peerTime", round, value: ms, other: few[round]?.ms } as const,
      ]),
      one("liveSwitch1000", switchSeconds),
      one("agentRss1000", agentMb),
      one("agentRssAfterSwitch", residentMb(agent)),
      one("agentCpu1000", agentCpu),
      one("controllerRss1000", controllerMb),
    ];
  } finally {
    await removeAll(lab);
  }
}

interface Added {
  readonly flows: number;
  readonly ms: number;
}

async function addSingly(
  lab: Lab,
  node: LabHost,
  from: number,
  signal: AbortSignal,
): Promise<readonly Added[]> {
  const added: Added[] = [];
  for (let i = 0; i < singles; i++) {
    const before = await numbersOf(node, signal);
    await addTogether(lab, node, from + i, from + i + 1, signal);
    const after = await numbersOf(node, signal);
    const count = after.realized - before.realized;
    added.push({
      flows: after.flows - before.flows,
      ms: ((after.realizedSeconds - before.realizedSeconds) / count) * 1000,
    });
  }
  return added;
}

/** Makes Nodes, and waits until the agent has done all that follows for each. */
async function addTogether(
  lab: Lab,
  node: LabHost,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<void> {
  const before = await numbersOf(node, signal);
  const wanted = before.realized + to - from;
  await lab.apply(scaleNodes(from, to), { signal });
  await waitFor(
    async () => {
      const { peers, realized } = await numbersOf(node, signal);
      return realized >= wanted && peers === before.peers + to - from ? true : undefined;
    },
    {
      what: `the agent of ${node.name} to know ${to - from} more Nodes`,
      timeoutMs: 120_000,
      everyMs: 200,
      remedy: "read the agent's log",
      signal,
    },
  );
}

async function numbersOf(node: LabHost, signal: AbortSignal): Promise<PeerNumbers> {
  const text = await agentMetrics(node, signal);
  return {
    peers: sumOf(text, "antrea_agent_peer_count"),
    flows: sumOf(text, "antrea_agent_ovs_total_flow_count"),
    realized: sumOf(text, "antrea_agent_peer_flows_duration_seconds_count"),
    realizedSeconds: sumOf(text, "antrea_agent_peer_flows_duration_seconds_sum"),
  };
}

/** How long Nodes are watched for whether they change, in milliseconds. */
const restMs = 15_000;

/** Every ten seconds kube-controller-manager marks a silent Node `NoExecute`, for hours: that is no news to measure. */
const mostMarked = 3;

/** At first kube-controller-manager takes a taint off each Node that comes, some eight a second. */
async function untilNodesRest(lab: Lab, signal: AbortSignal): Promise<void> {
  const jsonpath = "jsonpath={.items[*].metadata.resourceVersion}";
  let before: ReadonlySet<string> | undefined;
  await waitFor(
    async () => {
      const said = await lab.kubectl(["get", "nodes", "-l", scaleLabel, "-o", jsonpath], {
        signal,
      });
      const now = new Set(said.split(" "));
      const isAtRest = before !== undefined && now.difference(before).size <= mostMarked;
      before = now;
      return isAtRest || undefined;
    },
    {
      what: "Nodes that nobody changes any more",
      timeoutMs: 600_000,
      everyMs: restMs,
      remedy: "read the log of kube-controller-manager",
      signal,
    },
  );
}

/** In one request: kubectl would take a minute. */
async function removeAll(lab: Lab): Promise<void> {
  const selected = encodeURIComponent(scaleLabel);
  await lab.kubectl(["delete", "--raw", `/api/v1/nodes?labelSelector=${selected}`]);
}
