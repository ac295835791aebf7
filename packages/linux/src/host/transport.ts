import {
  type Cidr,
  cidrContains,
  familyOf,
  type InterfaceAddress,
  type IpAddress,
  type IpFamily,
  isLinkLocal,
  type MacAddress,
} from "@antrea/net";
import type { ObservedHost } from "./diff.ts";
import type { LinkAddress } from "./state.ts";

/** The link that carries this Node's traffic with its peers, and our addresses there. */
export interface TransportInterface {
  readonly device: string;
  readonly index: number;
  readonly mtu: number;
  readonly mac: MacAddress | undefined;
  readonly ipv4?: InterfaceAddress;
  readonly ipv6?: InterfaceAddress;
}

/** In the order in which they are heeded: a name, networks, the Node's own addresses. */
export interface TransportChoice {
  readonly transportInterface?: string;
  readonly transportInterfaceCIDRs?: readonly Cidr[];
  readonly nodeAddresses: readonly IpAddress[];
}

export type TransportProblem =
  | { readonly code: "no-device"; readonly device: string; readonly devices: readonly string[] }
  | { readonly code: "no-address"; readonly device: string }
  | { readonly code: "no-match"; readonly wanted: readonly string[] }
  | { readonly code: "two-devices"; readonly ipv4: string; readonly ipv6: string };

/** The transport interface cannot be told; the message says what to set. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly problem: TransportProblem;

  constructor(problem: TransportProblem) {
    super(problemText(problem));
    this.problem = problem;
  }
}

/** Throws a TransportError if no link fits, or IPv4 and IPv6 are on different ones. */
export function findTransport(host: ObservedHost, choice: TransportChoice): TransportInterface {
  const chosen = chooseAddresses(host, choice);
  const { ipv4, ipv6 } = chosen;
  if (ipv4 && ipv6 && ipv4.device !== ipv6.device)
    throw new TransportError({ code: "two-devices", ipv4: ipv4.device, ipv6: ipv6.device });
  const device = (ipv4 ?? ipv6)?.device ?? "";
  const link = host.links.get(device);
  if (!link)
    throw new TransportError({ code: "no-device", device, devices: [...host.links.keys()] });
  return {
    device,
    index: link.index,
    mtu: link.mtu,
    mac: link.mac,
    ...(ipv4 && { ipv4: bare(ipv4) }),
    ...(ipv6 && { ipv6: bare(ipv6) }),
  };
}

type Chosen = Readonly<Partial<Record<IpFamily, LinkAddress>>>;

function chooseAddresses(host: ObservedHost, choice: TransportChoice): Chosen {
  const { transportInterface, transportInterfaceCIDRs = [], nodeAddresses } = choice;
  const addresses = [...host.addresses.values()].filter((a) => !isLinkLocal(a.address));
  if (transportInterface) {
    if (!host.links.has(transportInterface)) {
      const devices = [...host.links.keys()];
      throw new TransportError({ code: "no-device", device: transportInterface, devices });
    }
    const chosen = firstOfEach(addresses.filter((a) => a.device === transportInterface));
    return chosen ?? fail({ code: "no-address", device: transportInterface });
  }
  if (transportInterfaceCIDRs.length > 0) {
    const inside = transportInterfaceCIDRs.flatMap((cidr) =>
      addresses.filter((a) => cidrContains(cidr, a.address)),
    );
    return firstOfEach(inside) ?? fail({ code: "no-match", wanted: transportInterfaceCIDRs });
  }
  const own = nodeAddresses.flatMap((ip) => addresses.filter((a) => a.address === ip));
  return firstOfEach(own) ?? fail({ code: "no-match", wanted: nodeAddresses });
}

/** The first address of each family; undefined if there is none at all. */
function firstOfEach(addresses: readonly LinkAddress[]): Chosen | undefined {
  const ipv4 = addresses.find((a) => familyOf(a.address) === "ipv4");
  const ipv6 = addresses.find((a) => familyOf(a.address) === "ipv6");
  if (!ipv4 && !ipv6) return undefined;
  return { ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) };
}

function fail(problem: TransportProblem): never {
  throw new TransportError(problem);
}

function bare({ address, prefixLength }: LinkAddress): InterfaceAddress {
  return { address, prefixLength };
}

function problemText(problem: TransportProblem): string {
  switch (problem.code) {
    case "no-device":
      return `There is no interface "${problem.device}"; this Node has ${problem.devices.join(", ")}`;
    case "no-address":
      return `Interface "${problem.device}" has no address: give it one, or set another transportInterface`;
    case "no-match":
      return `No interface has an address of ${problem.wanted.join(", ")}: set transportInterface or transportInterfaceCIDRs`;
    case "two-devices":
      return `The IPv4 address is on ${problem.ipv4} and the IPv6 address on ${problem.ipv6}: set transportInterface to the one that carries both`;
  }
}
