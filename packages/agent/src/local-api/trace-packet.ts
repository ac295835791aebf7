import { type TraceRequest, refuse } from "@antrea/api/local-api";
import { familyOf, type IpAddress, type IpFamily, parseIp } from "@antrea/net";
import { uplinksOf } from "@antrea/pipeline";
import type { NodeNow } from "../node/node-now.ts";
import { type PodInterface, podKey } from "../pods/interface-store.ts";
import { packetText } from "./packet-text.ts";

interface TraceDeps {
  readonly now: () => Pick<NodeNow, "network">;
  readonly pods: () => readonly PodInterface[];
}

/** The packet to trace in the words of ovs-fields(7). Refuses ends that this Node does not know. */
export function tracePacket(request: TraceRequest, { pods, now }: TraceDeps): string {
  const { network } = now();
  const source = endOf(request.source, pods());
  const destination = endOf(request.destination, pods());
  if (request.source !== undefined && !source)
    throw refuse(
      404,
      `${request.source} is no Pod of this Node and no address. Pods of this Node are listed by "antctl get podinterface".`,
    );
  if (request.destination !== undefined && !destination)
    throw refuse(
      404,
      `${request.destination} is no Pod of this Node and no address; give the address of a Pod of another Node.`,
    );
  const port = request.port ?? source?.pod?.ofPort;
  if (port === undefined)
    throw refuse(400, "Say where the packet enters: --source with a Pod of this Node, or --port.");
  const family = request.family ?? familyMeant([source, destination], request.flow);
  return packetText({
    port,
    family,
    flow: request.flow ?? (family === "ipv4" ? "icmp" : "icmp6,icmpv6_type=128"),
    sourceMac: source?.pod?.mac,
    destinationMac:
      source || destination ? (destination?.pod?.mac ?? network.gateway.mac) : undefined,
    source: source && addressOf(source, family),
    destination: destination && addressOf(destination, family),
  });
}

/** One end of a packet: its addresses, and the Pod of this Node that has them. */
interface TraceEnd {
  readonly text: string;
  readonly addresses: readonly IpAddress[];
  readonly pod?: PodInterface | undefined;
}

function endOf(text: string | undefined, pods: readonly PodInterface[]): TraceEnd | undefined {
  if (text === undefined) return undefined;
  const address = parseIp(text);
  const key = text.includes("/") ? text : `default/${text}`;
  const pod = pods.find((one) => (address ? one.addresses.includes(address) : podKey(one) === key));
  if (address) return { text, addresses: [address], pod };
  return pod && { text, addresses: pod.addresses, pod };
}

/** The IP family that a person means: the protocol's, or one that all ends have, IPv4 before IPv6. */
function familyMeant(ends: readonly (TraceEnd | undefined)[], flow: string | undefined): IpFamily {
  if (/^(?:ipv6|\w+6)\b/.test(flow ?? "")) return "ipv6";
  const said = ends.filter((end) => end !== undefined);
  const has = (family: IpFamily) =>
    said.every(({ addresses }) => addresses.some((address) => familyOf(address) === family));
  return !has("ipv4") && has("ipv6") ? "ipv6" : "ipv4";
}

function addressOf({ text, addresses }: TraceEnd, family: IpFamily): IpAddress {
  const address = addresses.find((one) => familyOf(one) === family);
  if (address) return address;
  throw refuse(
    400,
    `${text} has no ${family === "ipv4" ? "IPv4" : "IPv6"} address, only ${addresses.join(", ")}: give another end, or another --addr-family.`,
  );
}

/** What is behind each port of the bridge, by its number. */
export function portNames({ now, pods }: TraceDeps): Readonly<Record<string, string>> {
  const { network } = now();
  const { gateway, tunnels } = network;
  const uplinks = uplinksOf(network);
  return {
    [gateway.ofPort]: "gateway",
    ...Object.fromEntries(
      tunnels.map(({ ofPort, type }) => [
        ofPort,
        tunnels.length > 1 ? `tunnel (${type})` : "tunnel",
      ]),
    ),
    ...Object.fromEntries(
      uplinks.map(({ ofPort, device }) => [
        ofPort,
        uplinks.length > 1 ? `uplink (${device})` : "uplink",
      ]),
    ),
    ...Object.fromEntries(pods().map((pod) => [String(pod.ofPort), `pod ${podKey(pod)}`])),
  };
}
