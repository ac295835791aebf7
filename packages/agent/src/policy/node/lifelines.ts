import type { NftRule } from "@antrea/linux";
import { familyOf, type IpAddress, parseIp } from "@antrea/net";
import type { Tunnel } from "@antrea/pipeline";
import type { Direction } from "@antrea/policy";

/** What no policy takes from a Node (decision 41): else it could not even be told that the policy is gone. */
export interface Lifelines {
  /** The host's stack sends and takes these for Pods, where the kernel's datapath is used. */
  readonly tunnels: readonly Pick<Tunnel, "type" | "udpPort">[];
  /** On which agents and controllers answer. */
  readonly ownPorts: readonly number[];
  /** Undefined where it is known by a name alone. */
  readonly apiServer: ServerAddress | undefined;
}

export interface ServerAddress {
  readonly address: IpAddress;
  readonly port: number;
}

/** Where a server answers, of its URL; undefined where it says a name. */
export function serverAddress(server: string): ServerAddress | undefined {
  const { hostname, port } = new URL(server);
  const address = parseIp(hostname.replace(/^\[|\]$/g, ""));
  return address && { address, port: Number(port || "443") };
}

/** The first rules of a direction, in the order of what most packets are. */
export function lifelineRules(
  direction: Direction,
  { tunnels, ownPorts, apiServer }: Lifelines,
): readonly NftRule[] {
  const ports = [...new Set(ownPorts)].sort((a, b) => a - b).join(", ");
  return [
    accept("ct state { established, related }", "Connections that are there, and errors of theirs"),
    accept(`${direction === "In" ? "iifname lo" : "oifname lo"}`, "The Node to itself"),
    ...neighbours,
    ...tunnels.map(({ type, udpPort }) =>
      accept(
        udpPort === undefined ? "meta l4proto 47" : `udp dport ${udpPort}`,
        `Tunnels of Pods: ${type}`,
      ),
    ),
    accept(`tcp dport { ${ports} }`, "Agents and controllers"),
    ...(apiServer && direction === "Out" ? [toApiServer(apiServer)] : []),
  ];
}

/** What ARP is for IPv4, which nobody filters here: without, an address of IPv6 reaches nobody. */
const neighbours: readonly NftRule[] = [
  accept(
    "icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, nd-redirect } ip6 hoplimit 255",
    "Neighbour discovery",
  ),
  accept(
    "icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } ip6 hoplimit 1",
    "Who listens to which multicast group",
  ),
];

/** As the agent names it: kube-proxy may have put an endpoint in its place. */
function toApiServer({ address, port }: ServerAddress): NftRule {
  const field = familyOf(address) === "ipv4" ? "ip" : "ip6";
  return accept(
    `meta l4proto tcp ct original ${field} daddr ${address} ct original proto-dst ${port}`,
    "The agent to the API server",
  );
}

function accept(text: string, comment: string): NftRule {
  return { match: [{ kind: "text", text }], verdict: { kind: "accept" }, comment };
}
