import { errorText, isAbort, type Logger, type Realizer } from "@antrea/base";
import type { AttachmentRequest, CniError, CniResult } from "@antrea/api/cni";
import { cniError, podOf } from "@antrea/api/cni";
import {
  type Cidr,
  cidrContains,
  familyOf,
  type IpAddress,
  type MacAddress,
  type OfPort,
  ofPort,
  parseInterfaceAddress,
  prefixLengthOf,
  randomMac,
} from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import type { DesiredPort } from "@antrea/ovsdb";
import { compilePod, type NodeNetwork, podOwner } from "@antrea/pipeline";
import type { PodOffloads } from "../host/device-offloads.ts";
import { hostInterfaceName } from "./interface-name.ts";
import { attachmentKey, podExternalIds, type PodInterface, podKey } from "./interface-store.ts";
import { gatewayAddress, type Ipam } from "./ipam.ts";

/** Making and reading the links of Pods. Each call is done when it returns. */
export interface PodLinks {
  create(wish: PodLinkWish): void;
  /** What the Pod's namespace really has; undefined if the interface or the namespace is gone. */
  observe(netns: string, ifname: string): Promise<PodLinkState | undefined>;
  /** The Node's links, those of Pods among them. */
  names(): Promise<ReadonlySet<string>>;
  /** Removes the pair by its end on the Node; nothing if it is gone. */
  remove(hostName: string): Promise<void>;
}

export interface PodLinkWish {
  readonly hostName: string;
  readonly netns: string;
  readonly ifname: string;
  readonly mac: MacAddress;
  readonly mtu: number;
  readonly addresses: readonly { readonly address: IpAddress; readonly prefixLength: number }[];
  readonly gateways: readonly IpAddress[];
  readonly offloads: PodOffloads;
}

export interface PodLinkState {
  readonly mac: MacAddress;
  readonly mtu: number;
  readonly addresses: readonly { readonly address: IpAddress; readonly prefixLength: number }[];
}

/** The bridge's ports of Pods: the record of which Pods there are. */
export interface PodPorts {
  all(): readonly PodInterface[];
  add(
    hostName: string,
    port: DesiredPort,
    options: { readonly signal: AbortSignal },
  ): Promise<OfPort>;
  remove(hostName: string, options: { readonly signal: AbortSignal }): Promise<void>;
}

export interface PodNetworkDeps {
  readonly ports: PodPorts;
  readonly links: PodLinks;
  readonly flows: Realizer<Flow>;
  readonly ipam: Ipam;
  /** The Node as it is now. */
  readonly node: () => PodNodeFacts;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly log: Logger;
}

export interface PodNodeFacts {
  readonly network: NodeNetwork;
  readonly podCidrs: readonly Cidr[];
  readonly mtu: number;
  readonly offloads: PodOffloads;
}

/** An error that the runtime is told as it is. */
export class CniFailure extends Error {
  override readonly name = "CniFailure";
  readonly error: CniError;
  constructor(error: CniError, options?: ErrorOptions) {
    super(error.details ?? error.msg, options);
    this.error = error;
  }
}

/** Connects containers to the bridge and takes them off it. Calls for one container must come one at a time. */
export interface PodNetwork {
  add(request: AttachmentRequest, options: { readonly signal: AbortSignal }): Promise<CniResult>;
  /** Leaves nothing of the attachment, whatever was there; also when there was nothing. */
  remove(
    attachment: { readonly containerId: string; readonly ifname: string },
    options: { readonly signal: AbortSignal },
  ): Promise<void>;
  /** Throws a `CniFailure` that says what is not as it should be. */
  check(request: AttachmentRequest): Promise<void>;
  /** Brings a Pod's flows up to date with the Node, as after a restart. */
  refresh(pod: PodInterface): Promise<void>;
}

export function podNetwork(deps: PodNetworkDeps): PodNetwork {
  const { ports, links, flows, ipam, node, randomBytes, log } = deps;
  /** Addresses and port numbers given to calls that have not reached the database yet. */
  const promisedAddresses = new Set<IpAddress>();
  const promisedPorts = new Set<number>();
  /** The interfaces that are being connected, by the Pod they are of: a kubelet may make a new sandbox before the old is gone. */
  const connecting = new Map<string, string>();

  const find = (attachment: {
    readonly containerId: string;
    readonly ifname: string;
  }): PodInterface | undefined =>
    ports.all().find((pod) => attachmentKey(pod) === attachmentKey(attachment));

  function allocate(): readonly IpAddress[] {
    const taken = new Set(ports.all().flatMap((pod) => pod.addresses));
    const result = ipam.allocate((address) => taken.has(address) || promisedAddresses.has(address));
    if (result.kind === "allocated") return result.addresses;
    throw new CniFailure(
      cniError(
        "ipamFailure",
        `Pod CIDR ${result.cidr} of this Node has no free address: ${taken.size} are in use. Remove Pods from this Node, or give Nodes larger Pod CIDRs.`,
      ),
    );
  }

  function freePort(): OfPort {
    const taken = new Set(ports.all().map((pod) => pod.ofPort as number | undefined));
    let port = 1;
    while (taken.has(port) || promisedPorts.has(port)) port++;
    return ofPort(port);
  }

  async function attach(request: AttachmentRequest, signal: AbortSignal): Promise<PodInterface> {
    const pod = podOf(request);
    const addresses = allocate();
    const port = freePort();
    for (const address of addresses) promisedAddresses.add(address);
    promisedPorts.add(port);
    const { containerId, ifname, netns } = request;
    const wanted: PodInterface = {
      containerId,
      ifname,
      netns,
      podNamespace: pod?.namespace ?? "",
      podName: pod?.name ?? "",
      mac: randomMac(randomBytes(6)),
      addresses,
      hostName: hostInterfaceName({
        namespace: pod?.namespace ?? "",
        name: pod?.name ?? containerId,
        containerId,
        ifname,
      }),
      ofPort: port,
    };
    connecting.set(podKey(wanted), wanted.hostName);
    try {
      createLink(wanted);
      // the port is asked for by number, so that its flows need not wait for the answer
      const [opened] = await Promise.all([
        ports.add(
          wanted.hostName,
          { ofPortRequest: port, externalIds: Object.fromEntries(podExternalIds(wanted)) },
          { signal },
        ),
        realize(wanted),
      ]);
      if (opened === port) return wanted;
      const moved = { ...wanted, ofPort: opened };
      await realize(moved);
      return moved;
    } catch (error) {
      await rollBack(wanted);
      throw asFailure(error, podKey(wanted));
    } finally {
      if (connecting.get(podKey(wanted)) === wanted.hostName) connecting.delete(podKey(wanted));
      for (const address of addresses) promisedAddresses.delete(address);
      promisedPorts.delete(port);
    }
  }

  function createLink(pod: PodInterface): void {
    const facts = node();
    links.create({
      hostName: pod.hostName,
      netns: pod.netns,
      ifname: pod.ifname,
      mac: pod.mac,
      mtu: facts.mtu,
      addresses: withPrefixes(pod.addresses, facts.podCidrs),
      gateways: facts.podCidrs.map(gatewayAddress),
      offloads: facts.offloads,
    });
  }

  async function realize(pod: PodInterface): Promise<void> {
    if (pod.ofPort === undefined) return;
    const attachment = {
      key: podKey(pod),
      ofPort: pod.ofPort,
      mac: pod.mac,
      addresses: pod.addresses,
    };
    await flows.realize(podOwner(podKey(pod)), compilePod(attachment, node().network));
  }

  async function takeApart(pod: PodInterface, signal: AbortSignal): Promise<void> {
    // nothing may be sent to or from the address once somebody else can have it
    if (!hasSuccessor(pod)) await flows.release(podOwner(podKey(pod)));
    await ports.remove(pod.hostName, { signal });
    await links.remove(pod.hostName);
  }

  /** Whether the Pod's flows are another container's by now. */
  function hasSuccessor(pod: PodInterface): boolean {
    const key = podKey(pod);
    return [
      connecting.get(key),
      ...ports.all().map((other) => (podKey(other) === key ? other.hostName : undefined)),
    ].some((hostName) => hostName !== undefined && hostName !== pod.hostName);
  }

  async function rollBack(pod: PodInterface): Promise<void> {
    try {
      await takeApart(pod, AbortSignal.timeout(10_000));
    } catch (error) {
      log.warn("Could not roll back, will clean up later", { pod: podKey(pod), err: error });
    }
  }

  return {
    async add(request, { signal }) {
      const existing = find(request);
      if (existing && (await isComplete(existing, request))) return resultOf(existing);
      if (existing) await takeApart(existing, signal);
      const pod = await attach(request, signal);
      log.info("Connected Pod", { pod: podKey(pod), ofPort: pod.ofPort, addresses: pod.addresses });
      return resultOf(pod);
    },
    async remove(attachment, { signal }) {
      const pod = find(attachment);
      if (!pod) return;
      await takeApart(pod, signal);
      log.info("Disconnected Pod", { pod: podKey(pod) });
    },
    async check(request) {
      const pod = find(request);
      if (!pod) throw checkFailure(`Container ${request.containerId} has no port on the bridge.`);
      const seen = await links.observe(request.netns, request.ifname);
      if (!seen) throw checkFailure(`Interface ${request.ifname} is not in ${request.netns}.`);
      if (seen.mac !== pod.mac)
        throw checkFailure(
          `${request.ifname} has Ethernet address ${seen.mac}, but was given ${pod.mac}.`,
        );
      for (const address of pod.addresses) {
        if (!seen.addresses.some((a) => a.address === address))
          throw checkFailure(`${request.ifname} has lost its address ${address}.`);
      }
      if (pod.error !== undefined || pod.ofPort === undefined)
        throw checkFailure(
          `The port ${pod.hostName} is not open: ${pod.error ?? "it has no number yet"}.`,
        );
      checkPrevious(request, pod);
    },
    refresh: realize,
  };

  /** Whether what is there is what an ADD would make: so that a repeated ADD changes nothing. */
  async function isComplete(pod: PodInterface, request: AttachmentRequest): Promise<boolean> {
    if (pod.ofPort === undefined || pod.error !== undefined || pod.netns !== request.netns)
      return false;
    return (await links.observe(pod.netns, pod.ifname))?.mac === pod.mac;
  }

  function resultOf(pod: PodInterface): CniResult {
    const facts = node();
    return {
      interfaces: [
        { name: pod.hostName },
        { name: pod.ifname, mac: pod.mac, sandbox: pod.netns, mtu: facts.mtu },
      ],
      ips: withPrefixes(pod.addresses, facts.podCidrs).map((address) => {
        const cidr = facts.podCidrs.find((c) => cidrContains(c, address.address));
        return { address, interface: 1, ...(cidr ? { gateway: gatewayAddress(cidr) } : {}) };
      }),
      routes: facts.podCidrs.map((cidr) => {
        const gw = gatewayAddress(cidr);
        const dst = parseInterfaceAddress(familyOf(gw) === "ipv4" ? "0.0.0.0/0" : "::/0");
        return { dst: dst as NonNullable<typeof dst>, gw };
      }),
    };
  }
}

/** The addresses that the runtime remembers must be the ones that we gave. */
function checkPrevious(request: AttachmentRequest, pod: PodInterface): void {
  for (const { address } of request.config.prevResult?.ips ?? []) {
    if (!pod.addresses.includes(address.address)) {
      throw checkFailure(
        `prevResult says ${address.address}, but ${podKey(pod)} was given ${pod.addresses.join(", ")}.`,
      );
    }
  }
}

function withPrefixes(
  addresses: readonly IpAddress[],
  cidrs: readonly Cidr[],
): readonly { readonly address: IpAddress; readonly prefixLength: number }[] {
  return addresses.map((address) => {
    const cidr = cidrs.find((c) => cidrContains(c, address));
    return {
      address,
      prefixLength: cidr ? prefixLengthOf(cidr) : familyOf(address) === "ipv4" ? 32 : 128,
    };
  });
}

function checkFailure(details: string): CniFailure {
  return new CniFailure(cniError("checkFailure", details));
}

function asFailure(error: unknown, pod: string): CniFailure {
  if (error instanceof CniFailure) return error;
  if (isAbort(error)) {
    return new CniFailure(
      cniError(
        "tryAgainLater",
        `Connecting ${pod} took too long; Open vSwitch did not answer in time.`,
      ),
      { cause: error },
    );
  }
  return new CniFailure(
    cniError("interfaceFailure", `Could not connect ${pod}: ${errorText(error)}.`),
    { cause: error },
  );
}
