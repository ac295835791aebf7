/** Prints the flows by which a Node reaches a peer in another subnet: `node examples/peer-flows.ts MODE`. */
import { ofPort, parseCidr, parseInterfaceAddress, parseMac } from "@antrea/net";
import { formatFlows } from "@antrea/openflow/flow";
import {
  compilePeer,
  type NodeIdentity,
  type NodeNetwork,
  pathTo,
  tableNames,
  type TrafficMode,
  trafficModes,
} from "@antrea/pipeline";

/** The path to a peer at `address` as a comment, and the flows that follow from it. */
export function peerFlows(mode: TrafficMode, address: string): string {
  const local = identity("node-1", "10.244.1.0/24", "172.30.1.10/24");
  const peer = identity("node-2", "10.244.2.0/24", address);
  const path = pathTo(peer, local, mode);
  const nextHopMac = parseMac("0e:00:00:00:00:fe"); // what the kernel resolves for the next hop
  const flows = compilePeer(
    { identity: peer, path, ...(nextHopMac && { nextHopMacs: { ipv4: nextHopMac } }) },
    network(local),
  );
  const text = formatFlows(flows, { cookie: false, tableName: (id) => tableNames.get(id) });
  return `# ${path.kind}: ${path.reason}\n${text}`;
}

function identity(name: string, podCidr: string, transport: string): NodeIdentity {
  return {
    name,
    podCidrs: [known(parseCidr(podCidr))],
    transport: [known(parseInterfaceAddress(transport))],
  };
}

/** The bridge of `local`: gateway, tunnel, and the uplink that it shares with the host. */
function network({ podCidrs, transport }: NodeIdentity): NodeNetwork {
  const mac = known(parseMac("0e:00:00:00:00:01"));
  const addresses = transport.map(({ address }) => ({ address, prefixLength: 24 }));
  return {
    answersNd: true,
    podCidrs,
    gateway: { ofPort: ofPort(2), mac, addresses: [known(parseInterfaceAddress("10.244.1.1/24"))] },
    tunnels: [{ form: "geneve:6081", type: "geneve", ofPort: ofPort(1), udpPort: 6081 }],
    uplink: { device: "eth0", ofPort: ofPort(3), mac, addresses },
  };
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("A text of this example cannot be parsed");
  return value;
}

if (import.meta.main) {
  const mode = trafficModes.find((name) => name === process.argv[2]);
  if (mode) process.stdout.write(peerFlows(mode, "172.30.2.10/24"));
  else console.error(`Say a mode: ${trafficModes.join(", ")}`);
  process.exitCode = mode ? 0 : 2;
}
