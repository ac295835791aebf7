import { invariant } from "@antrea/base";
import { ofPort, parseCidr, parseInterfaceAddress, parseIp, parseMac } from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import {
  type CookieCategory,
  compileIsolation,
  compileNode,
  compilePeer,
  compilePod,
  compilePolicyRule,
  compileRetiredPod,
  type FlowOwner,
  type NodeIdentity,
  type NodeNetwork,
  nodeOwner,
  type PeerNetwork,
  type PodAttachment,
  pathTo,
  peerOwner,
  podOwner,
  type PolicyFlowRule,
  retiredPodOwner,
  ruleIds,
  type TrafficMode,
} from "@antrea/pipeline";

/** Who asked for flows of the sample Node, and what for. */
export interface SampleUnit {
  readonly owner: FlowOwner;
  readonly category: CookieCategory;
  readonly means: string;
  readonly flows: readonly Flow[];
}

/** A text of this file that is what it looks like. */
function sure<T>(value: T | undefined): T {
  invariant(value !== undefined, "the sample's texts are valid");
  return value;
}
const cidr = (text: string) => sure(parseCidr(text));
const ip = (text: string) => sure(parseIp(text));
const mac = (text: string) => sure(parseMac(text));
const link = (text: string) => sure(parseInterfaceAddress(text));

const portNumbers = { gateway: 32769, tunnel: 32768, uplink: 32770, web: 1, db: 2 } as const;
const sampleNames: Readonly<Record<number, string>> = {
  [portNumbers.gateway]: "antrea-gw0",
  [portNumbers.tunnel]: "antrea-tun0",
  [portNumbers.uplink]: "eth0",
  [portNumbers.web]: "web-1-a1b2c3",
  [portNumbers.db]: "db-0-d4e5f6",
};

/** The name of a port of the sample Node's bridge. */
export function samplePortName(port: number): string | undefined {
  return sampleNames[port];
}

const identity = (name: string, podCidrs: readonly string[], transport: string): NodeIdentity => ({
  name,
  podCidrs: podCidrs.map(cidr),
  transport: [link(transport)],
});
const node1 = identity("node-1", ["10.244.0.0/24", "fd00:10:244::/64"], "172.30.1.10/24");

const network: NodeNetwork = {
  answersNd: true,
  podCidrs: node1.podCidrs,
  gateway: {
    ofPort: ofPort(portNumbers.gateway),
    mac: mac("0a:00:00:00:00:01"),
    addresses: [link("10.244.0.1/24"), link("fd00:10:244::1/64")],
  },
  serviceCidrs: [cidr("10.96.0.0/12"), cidr("fd00:10:96::/112")],
  tunnels: [
    { form: "geneve:6081", type: "geneve", ofPort: ofPort(portNumbers.tunnel), udpPort: 6081 },
  ],
  uplink: {
    device: "eth0",
    ofPort: ofPort(portNumbers.uplink),
    mac: mac("0e:00:00:00:01:0a"),
    addresses: [link("172.30.1.10/24")],
  },
};

const pods: readonly PodAttachment[] = [
  {
    key: "shop/web-1",
    ofPort: ofPort(portNumbers.web),
    mac: mac("0a:00:00:00:00:02"),
    addresses: ["10.244.0.2", "fd00:10:244::2"].map(ip),
  },
  {
    key: "shop/db-0",
    ofPort: ofPort(portNumbers.db),
    mac: mac("0a:00:00:00:00:03"),
    addresses: ["10.244.0.3", "fd00:10:244::3"].map(ip),
  },
];

/** A peer in a mode, with the Ethernet addresses that the kernel resolved. */
function peer(
  who: NodeIdentity,
  mode: TrafficMode,
  found: Pick<PeerNetwork, "nextHopMacs" | "linkMac">,
): SampleUnit {
  const path = pathTo(who, node1, mode);
  return {
    owner: peerOwner(who.name),
    category: "PodConnectivity",
    means: `${path.kind}${path.kind === "direct" && !path.onLink ? " by the fabric's routes" : ""}: ${path.reason}`,
    flows: compilePeer({ identity: who, path, ...found }, network),
  };
}

const neighbour = mac("0e:00:00:00:01:0b");
const router = mac("0e:00:00:00:01:01");

const ids = ruleIds();
const [web, db] = pods as readonly [PodAttachment, PodAttachment];
const families = ["ipv4", "ipv6"] as const;

function rule(means: string, one: Omit<PolicyFlowRule, "id">): SampleUnit {
  const flows = compilePolicyRule({ ...one, id: ids.idOf(one.owner) }, { families });
  return { owner: one.owner, category: "NetworkPolicy", means, flows };
}

/** A policy of Kubernetes for the database, and one of Antrea's tiers for the web server. */
const policies: readonly SampleUnit[] = [
  rule("NetworkPolicy shop/db: whom it allows", {
    owner: "policy:db/In/0",
    direction: "In",
    stage: "kubernetes",
    action: "Allow",
    appliedTo: [db],
    peer: { addresses: web.addresses, ipBlocks: [] },
    services: [{ protocol: "TCP", port: 5432 }],
  }),
  {
    owner: "policy:db/In/isolation",
    category: "NetworkPolicy",
    means: "NetworkPolicy shop/db: that nobody else comes in",
    flows: compileIsolation("In", [db]),
  },
  rule("ClusterNetworkPolicy outside: no egress of shop/web-1 to a network, save a part of it", {
    owner: "policy:outside/Out/0",
    direction: "Out",
    stage: "tiered",
    priority: 14_889,
    action: "Reject",
    appliedTo: [web],
    peer: {
      addresses: [],
      ipBlocks: [{ cidr: cidr("198.51.100.0/24"), except: [cidr("198.51.100.0/26")] }],
    },
    services: [{ protocol: "TCP", port: 8000, endPort: 8007 }],
  }),
];

/** Node node-1 of a dual-stack cluster in mode hybrid, with one peer as mode noEncap would have it. */
export function sampleUnits(): readonly SampleUnit[] {
  return [
    {
      owner: nodeOwner,
      category: "Default",
      means: "the Node itself: table misses, gateway, uplink",
      flows: compileNode(network),
    },
    ...pods.map(
      (pod): SampleUnit => ({
        owner: podOwner(pod.key),
        category: "PodConnectivity",
        means: `Pod ${pod.key}, ${pod.addresses.join(", ")}`,
        flows: compilePod(pod, network),
      }),
    ),
    {
      owner: retiredPodOwner("cart-0-0a1b2c"),
      category: "PodConnectivity",
      means: "Pod shop/cart-0, which was taken off a moment ago: until its port is gone",
      flows: compileRetiredPod("cart-0-0a1b2c", ofPort(9)),
    },
    peer(identity("node-2", ["10.244.1.0/24", "fd00:10:244:1::/64"], "172.30.1.11/24"), "hybrid", {
      nextHopMacs: { ipv4: neighbour, ipv6: neighbour },
      linkMac: neighbour,
    }),
    peer(
      identity("node-3", ["10.244.2.0/24", "fd00:10:244:2::/64"], "172.30.2.10/24"),
      "hybrid",
      {},
    ),
    peer(identity("node-4", ["10.244.3.0/24"], "172.30.2.11/24"), "noEncap", {
      nextHopMacs: { ipv4: router },
    }),
    ...policies,
  ];
}
