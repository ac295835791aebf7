import { type ModeChange, type NetworkState, nodeAnnotations } from "@antrea/api";
import { formsTaken, settingsOf, stanceOf } from "@antrea/pipeline/mode";

/** Carried by the Node objects that the benchmark makes, whose kubelets do not exist. */
export const scaleLabel = "antrea-lab/bench=scale";

/** How many Nodes are added one after another, before and after the many. */
export const singles = 10;

/** How many peers the promise speaks of. */
export const manyPeers = 1000;

/**
 * Node objects as an agent of each would have left them, beyond the lab's router and in networks that
 * the lab does not have. Without the label of an operating system no DaemonSet wants a Pod there.
 */
export function scaleNodes(from: number, to: number): readonly object[] {
  return Array.from({ length: to - from }, (_, i) => scaleNode(from + i));
}

/** What the agent of such a Node tells once it is through with a step. */
export function peerState(spec: ModeChange["spec"]): NetworkState {
  const stance = stanceOf(spec, { isOldSent: false });
  return {
    change: spec.number,
    step: spec.step,
    accepts: formsTaken(stance.accepted, { hasTunnel: true }),
    sends: formsTaken(stance.preferred.slice(0, 1), { hasTunnel: true }),
    settings: settingsOf(stance),
  };
}

export const scaleName = (index: number): string => `scale-${index}`;

const perNetwork = 250;

function scaleNode(index: number): object {
  const [high, low] = [Math.floor(index / perNetwork), index % perNetwork];
  const podCIDR = `10.${128 + high}.${low}.0/24`;
  const address = `172.28.${high}.${low + 1}`;
  const [key = "", value = ""] = scaleLabel.split("=");
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: scaleName(index),
      labels: { [key]: value },
      annotations: {
        [nodeAnnotations.transportAddresses]: address,
        [nodeAnnotations.transportNetworks]: `${address}/24`,
        "node.alpha.kubernetes.io/ttl": "60", // of any Node in a cluster this large
      },
    },
    spec: { podCIDR, podCIDRs: [podCIDR], taints: [unreachable] },
    status: { conditions: unheard },
  };
}

/** In the past: these Nodes have been as they are for long. */
const since = "2026-01-01T00:00:00Z";

const unreachable = {
  key: "node.kubernetes.io/unreachable",
  effect: "NoSchedule",
  timeAdded: since,
};

/**
 * What kube-controller-manager says of Nodes whose kubelet fell silent. It would take eight minutes to say
 * so of a thousand, and each word is an event for every agent.
 */
const unheard = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"].map((type) => ({
  type,
  status: "Unknown",
  reason: "NodeStatusUnknown",
  message: "Kubelet stopped posting node status.",
  lastHeartbeatTime: since,
  lastTransitionTime: since,
}));
