import {
  type Cidr,
  cidrContains,
  cidrFamily,
  cidrsOverlap,
  familyOf,
  type InterfaceAddress,
  type IpAddress,
  type IpFamily,
  parseCidr,
  parseInterfaceAddress,
  parseIp,
} from "@antrea/net";
import { parseShape } from "@antrea/base";
import { nodeAnnotations } from "./names.ts";
import { type LinkChoice, type NetworkState, networkState } from "./network-settings.ts";

/** An address that other Nodes send to, with the prefix length of its link where the Node says it. */
export interface TransportAddress {
  readonly address: IpAddress;
  readonly prefixLength?: number | undefined;
}

/** Where a Node is reached over a link, by what chooses it. */
export type Links = ReadonlyMap<LinkChoice, readonly TransportAddress[]>;

/** What we keep of a Node object: small, checked, frozen. */
export interface NodeView {
  readonly name: string;
  readonly uid: string;
  /** At most one of each family, in the Node's order. */
  readonly podCidrs: readonly Cidr[];
  /** Where other Nodes send to: at most one of each family. */
  readonly transport: readonly TransportAddress[];
  /** The same over each link that its agent says it takes traffic by; none from an agent that does not say it. */
  readonly links?: Links | undefined;
  /** `status.addresses` of type InternalIP, in order. */
  readonly internalIps: readonly IpAddress[];
  readonly externalIps: readonly IpAddress[];
  readonly labels: Readonly<Record<string, string>>;
  /** As the cloud names the machine. */
  readonly providerId?: string | undefined;
  /** What its agent says of the forms that it takes and sends; undefined for one that does not say it. */
  readonly state?: NetworkState | undefined;
  /** Whether an agent has ever spoken for it: it says the prefix of its link. */
  readonly hasAgent: boolean;
  /** What Kubernetes says of its kubelet. */
  readonly isReady: boolean;
  /** When the API server made the object, in milliseconds since 1970. */
  readonly createdAtMs?: number | undefined;
}

export interface ParsedNode {
  readonly node: NodeView;
  /** What the object says that was not believed, each a sentence. */
  readonly problems: readonly string[];
}

/**
 * The edge where a Node object becomes ours. Whoever may write to a Node may write anything into
 * its annotations: a value that is not exactly what it must be is refused and told, and the Node
 * then counts as if it had not been written. Undefined if the object has no name or UID.
 */
export function parseNode(object: unknown): ParsedNode | undefined {
  const { metadata, spec, status } = recordOf(object);
  const { name, uid, annotations, labels, creationTimestamp } = recordOf(metadata);
  if (typeof name !== "string" || typeof uid !== "string" || name === "" || uid === "")
    return undefined;

  const problems: string[] = [];
  const problem: Problem = (sentence) => void problems.push(`Node ${name}: ${sentence}`);
  const internalIps = addressesOf(status, "InternalIP");
  const externalIps = addressesOf(status, "ExternalIP");
  const texts = textsOf(annotations);
  const node: NodeView = {
    name,
    uid,
    podCidrs: podCidrsOf(spec, problem),
    transport: transportOf(texts, [...internalIps, ...externalIps], problem),
    internalIps,
    externalIps,
    labels: textsOf(labels),
    hasAgent: texts[nodeAnnotations.transportNetworks] !== undefined,
    isReady: isReady(status),
    ...(typeof recordOf(spec)["providerID"] === "string"
      ? { providerId: recordOf(spec)["providerID"] as string }
      : {}),
    ...(typeof creationTimestamp === "string" && !Number.isNaN(Date.parse(creationTimestamp))
      ? { createdAtMs: Date.parse(creationTimestamp) }
      : {}),
  };
  const state = stateOf(texts[nodeAnnotations.networkState], problem);
  if (state) Object.assign(node, { state });
  if (state?.links) Object.assign(node, { links: linkAddresses(state.links, problem) });
  for (const value of Object.values(node)) Object.freeze(value);
  return Object.freeze({ node: Object.freeze(node), problems: Object.freeze(problems) });
}

/** What the annotation `node.antrea.io/transport-addresses` says; Antrea's form, without prefixes. */
export function formatTransportAddresses(addresses: readonly TransportAddress[]): string {
  return addresses.map(({ address }) => address).join(",");
}

/** What the annotation `node.antrea.io/transport-networks` says: each address with its prefix. */
export function formatTransportNetworks(addresses: readonly TransportAddress[]): string {
  return addresses
    .filter(({ prefixLength }) => prefixLength !== undefined)
    .map(({ address, prefixLength }) => `${address}/${prefixLength}`)
    .join(",");
}

/** What the annotation `node.antrea.io/network-state` says. */
export function formatNetworkState(state: NetworkState): string {
  return JSON.stringify(state);
}

type Problem = (sentence: string) => void;
type Texts = Readonly<Record<string, string>>;

function podCidrsOf(spec: unknown, problem: Problem): readonly Cidr[] {
  const { podCIDR, podCIDRs } = recordOf(spec);
  const said: readonly unknown[] =
    Array.isArray(podCIDRs) && podCIDRs.length > 0 ? podCIDRs : podCIDR ? [podCIDR] : [];
  const cidrs: Cidr[] = [];
  for (const text of said) {
    const cidr = typeof text === "string" ? parseCidr(text) : undefined;
    if (!cidr || unusable.some((network) => cidrsOverlap(network, cidr)))
      problem(`Pod CIDR ${quote(text)} is no network that Pods can have`);
    else if (cidrs.some((other) => cidrFamily(other) === cidrFamily(cidr)))
      problem(`Pod CIDR ${quote(text)} is a second one of its address family`);
    else cidrs.push(cidr);
  }
  return cidrs;
}

/** The annotation where it is right, else the first address of each family that the kubelet reports. */
function transportOf(
  annotations: Texts,
  reported: readonly IpAddress[],
  problem: Problem,
): readonly TransportAddress[] {
  const links = linksOf(annotations[nodeAnnotations.transportNetworks], problem);
  const said = annotations[nodeAnnotations.transportAddresses];
  const annotated = said === undefined ? undefined : addressList(said);
  if (said !== undefined && !annotated)
    problem(
      `annotation ${nodeAnnotations.transportAddresses} says ${quote(said)}, wanted at most one unicast address of each family, with a comma between them; the reported addresses are used`,
    );
  return (annotated ?? firstOfEach(reported)).map((address) => {
    const link = links.find((one) => one.address === address);
    return Object.freeze(link ? { address, prefixLength: link.prefixLength } : { address });
  });
}

/** A link of which anything is wrong counts as not told. */
function linkAddresses(told: NonNullable<NetworkState["links"]>, problem: Problem): Links {
  const right = Object.entries(told).flatMap(([choice, texts]) => {
    const addresses = texts.flatMap((text) => parseLink(text) ?? []);
    const families = new Set(addresses.map(({ address }) => familyOf(address)));
    if (addresses.length > 0 && addresses.length === texts.length && families.size === texts.length)
      return [[choice, addresses.map((one) => Object.freeze(one))] as const];
    problem(`its addresses ${quote(texts)} over ${quote(choice)} are not used`);
    return [];
  });
  return new Map(right);
}

function linksOf(text: string | undefined, problem: Problem): readonly InterfaceAddress[] {
  if (text === undefined) return [];
  const links = text.split(",").flatMap((part) => parseLink(part) ?? []);
  if (links.length === text.split(",").length && links.length <= 2) return links;
  problem(
    `annotation ${nodeAnnotations.transportNetworks} says ${quote(text)}, wanted at most one ADDRESS/PREFIX of each family; it is not used`,
  );
  return [];
}

function stateOf(text: string | undefined, problem: Problem): NetworkState | undefined {
  if (text === undefined) return undefined;
  const parsed = parseShape(networkState, jsonOf(text));
  if ("value" in parsed) return parsed.value;
  problem(`annotation ${nodeAnnotations.networkState} is not used: ${parsed.problem}`);
  return undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function isReady(status: unknown): boolean {
  const { conditions } = recordOf(status);
  if (!Array.isArray(conditions)) return false;
  return conditions.some((one: unknown) => {
    const { type, status: value } = recordOf(one);
    return type === "Ready" && value === "True";
  });
}

function addressList(text: string): readonly IpAddress[] | undefined {
  const addresses = text.split(",").map((part) => parseIp(part.trim()));
  const isRight = addresses.every((address) => address !== undefined && isUsable(address));
  const families = new Set(addresses.map((address) => address && familyOf(address)));
  return isRight && families.size === addresses.length ? (addresses as IpAddress[]) : undefined;
}

/** A prefix of 0 would make the whole world a neighbour. */
function parseLink(text: string): InterfaceAddress | undefined {
  const link = parseInterfaceAddress(text.trim());
  return link && link.prefixLength > 0 && isUsable(link.address) ? link : undefined;
}

function firstOfEach(addresses: readonly IpAddress[]): readonly IpAddress[] {
  const families: readonly IpFamily[] = ["ipv4", "ipv6"];
  const first = families.map((family) => addresses.find((one) => familyOf(one) === family));
  return addresses.filter((address) => first.includes(address));
}

function addressesOf(status: unknown, type: string): readonly IpAddress[] {
  const { addresses } = recordOf(status);
  if (!Array.isArray(addresses)) return [];
  return addresses.flatMap((entry: unknown) => {
    const { type: own, address } = recordOf(entry);
    const parsed = own === type && typeof address === "string" ? parseIp(address) : undefined;
    return parsed && isUsable(parsed) ? [parsed] : [];
  });
}

/** Unspecified, loopback, link-local, multicast, reserved: no Node is reached there (RFC 6890). */
const unusable = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/3",
  "::/127",
  "fe80::/10",
  "ff00::/8",
].flatMap((text) => parseCidr(text) ?? []);

function isUsable(address: IpAddress): boolean {
  return !unusable.some((network) => cidrContains(network, address));
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textsOf(value: unknown): Texts {
  const entries = Object.entries(recordOf(value));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
