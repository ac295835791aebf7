import { isDeepStrictEqual } from "node:util";
import {
  type AttachmentKey,
  type AttachmentRequest,
  type CniResult,
  cniError,
  podOf,
} from "@antrea/api/cni";
import type { Clock, Logger, Realizer } from "@antrea/base";
import {
  type Cidr,
  type InterfaceAddress,
  type IpAddress,
  type MacAddress,
  type OfPort,
  ofPort,
  randomMac,
} from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import type { DesiredPort } from "@antrea/ovsdb";
import {
  compilePod,
  compileRetiredPod,
  type NodeNetwork,
  podOwner,
  retiredPodOwner,
} from "@antrea/pipeline";
import type { DatapathSettled } from "../bridge/datapath-settled.ts";
import type { PodConnections } from "../bridge/pod-connections.ts";
import type { PodOffloads } from "../host/device-offloads.ts";
import { addFailure, CniFailure } from "./cni-failure.ts";
import { hostInterfaceName } from "./interface-name.ts";
import { attachmentKey, type PodInterface, podExternalIds, podKey } from "./interface-store.ts";
import { gatewayAddress, type Ipam } from "./ipam.ts";
import { checkProblem, type PodLinkState } from "./pod-check.ts";
import type { PodSizes } from "./pod-mtu.ts";
import { resultOf, withPrefixes } from "./pod-result.ts";
import { retiredPods } from "./retired-pods.ts";

/** Making and reading the links of Pods. */
export interface PodLinks {
  /** Makes the pair, in one turn: its Node's end is up, and can be a port now. What was asked of others goes out before. */
  bear(wish: PodLinkWish): Promise<void>;
  /** Readies the Pod's end; what was asked of others goes out before. */
  ready(wish: PodLinkWish): Promise<void>;
  /** Waits until both ends can send; once the port is open, since a switch that opens it may set it down. */
  untilSending(wish: PodLinkWish): Promise<void>;
  /** What the Pod's namespace really has; undefined if the interface or the namespace is gone. */
  observe(netns: string, ifname: string): Promise<PodLinkState | undefined>;
  /** Brings the link and its routes to the wish's MTU; gives how many steps it took, and throws where it cannot be done. */
  fitMtu(wish: PodLinkWish): number;
  /** Brings both ends to the wish's offloads; whether they had others. */
  fitOffloads(wish: PodLinkWish): Promise<boolean>;
  hostEnds(): Promise<HostEnds>;
  /** Removes pairs by their ends on the Node; those that are gone are passed over. */
  remove(hostNames: readonly string[]): Promise<void>;
}

/** The Node's links as they are now. */
export interface HostEnds {
  /** Every link of the Node, by name. */
  readonly all: ReadonlySet<string>;
  /** Those that were made for a Pod, by an agent, also where no more is left than the chain that hid it. */
  readonly ours: readonly string[];
}

export interface PodLinkWish extends PodSizes {
  readonly hostName: string;
  readonly netns: string;
  readonly ifname: string;
  readonly mac: MacAddress;
  readonly addresses: readonly InterfaceAddress[];
  readonly gateways: readonly IpAddress[];
  readonly offloads: PodOffloads;
}

/** The bridge's ports of Pods: the record of which Pods there are. */
export interface PodPorts {
  all(): readonly PodInterface[];
  /** Those whose port says that its Pod is gone. */
  retired(): readonly PodInterface[];
  /** Resolves once it is open. Where its link `isComing`, that it is not there yet is no error. */
  add(hostName: string, port: DesiredPort, options: OpenOptions): Promise<OfPort>;
  /** Has the port say that its Pod is gone. */
  retire(pod: PodInterface, options: { readonly signal: AbortSignal }): Promise<void>;
  remove(hostName: string, options: { readonly signal: AbortSignal }): Promise<void>;
}

export interface OpenOptions {
  readonly isComing?: boolean;
  readonly signal: AbortSignal;
}

export interface AdmitOptions {
  readonly uid?: string | undefined;
  readonly isNew?: boolean;
  readonly signal: AbortSignal;
}

/** What a Pod may send and be sent. */
export interface PodPolicies {
  /**
   * Resolves when all that applies to the Pod is in force; with its UID, also what is yet to be heard of;
   * for one that `isNew`, not before this Node knows of policies at all. Rejects with a `CniFailure` where
   * that takes too long.
   */
  admit(pod: PodInterface, options: AdmitOptions): Promise<void>;
  /** Resolves when nothing speaks of the Pod's port any more. */
  dismiss(pod: PodInterface, options: { readonly signal: AbortSignal }): Promise<void>;
}

export interface PodNetworkDeps {
  readonly ports: PodPorts;
  readonly policies: PodPolicies;
  readonly links: PodLinks;
  readonly connections: PodConnections;
  readonly flows: Realizer<Flow>;
  readonly datapathSettled: DatapathSettled;
  readonly ipam: Ipam;
  /** The Node as it is now. */
  readonly node: () => PodNodeFacts;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface PodNodeFacts extends PodSizes {
  readonly network: NodeNetwork;
  readonly podCidrs: readonly Cidr[];
  readonly offloads: PodOffloads;
}

/** Connects containers to the bridge and takes them off it. Calls for one container must come one at a time. */
export interface PodNetwork {
  add(request: AttachmentRequest, options: { readonly signal: AbortSignal }): Promise<CniResult>;
  /**
   * Takes the attachment off the network, whatever was there; also when there was nothing. It has no
   * flows any more but one that drops what it sent, and is no Pod of this Node; its port and link are
   * removed soon after, and until then its address is nobody else's.
   */
  remove(
    attachment: AttachmentKey & { readonly args?: AttachmentRequest["args"] },
    options: { readonly signal: AbortSignal },
  ): Promise<void>;
  /** Throws a `CniFailure` that says what is not as it should be. */
  check(request: AttachmentRequest): Promise<void>;
  /** Why no further Pod can be connected, as a sentence; undefined if one can. */
  fullness(): string | undefined;
  /**
   * Removes what is left of Pods that were taken off, and links of ours that no port leads to: an agent
   * died between making link and port.
   */
  removeOrphans(options: { readonly signal: AbortSignal }): Promise<void>;
  /** Removes what is left of Pods that were taken off, in quiet moments, until the signal. */
  clearAway(signal: AbortSignal): Promise<void>;
  /** Brings a Pod's flows up to date with the Node, as after a restart. */
  refresh(pod: PodInterface): Promise<void>;
  /**
   * Brings a Pod's link and routes to the Node's MTU; gives how many steps it took. Throws a HostError
   * where that cannot be done: the Pod is going, or its namespace cannot be opened.
   */
  fitMtu(pod: PodInterface): number;
  /** Brings a Pod's link to the offloads that the Node's datapath asks for; whether it had others. Throws as `fitMtu` does. */
  fitOffloads(pod: PodInterface): Promise<boolean>;
}

/**
 * ovs-vswitchd looks at all its ports when a link is born, and once more when a port is asked for. Where a
 * look takes long, beside so many Pods, the port is asked for before the link is born: the link is there
 * when ovs-vswitchd gets to the new port. Beside fewer it would often not be: then ovs-vswitchd warns, and
 * looks again (decision 24).
 */
const slowLookPods = 100;
/** How long flows of a Pod that is there already may take, in milliseconds. */
const refreshMs = 20_000;

export function podNetwork(deps: PodNetworkDeps): PodNetwork {
  const { ports, policies, links, flows, ipam, node, randomBytes, log } = deps;
  const retired = retiredPods(deps);
  /** Addresses and port numbers given to calls that have not reached the database yet. */
  const promisedAddresses = new Set<IpAddress>();
  const promisedPorts = new Set<number>();
  /** Links of calls that have not reached the database yet. */
  const promisedLinks = new Set<string>();
  /**
   * Whose flows stand under a Pod's name, by its link: a kubelet may make a new sandbox of a Pod before
   * the old one is gone, and may delete either first.
   */
  const speaker = new Map<string, string>();

  const find = (attachment: AttachmentKey): PodInterface | undefined =>
    ports.all().find((pod) => attachmentKey(pod) === attachmentKey(attachment));

  async function allocate(signal: AbortSignal): Promise<readonly IpAddress[]> {
    let result = ipam.allocate(isTaken(addressed()));
    if (result.kind === "exhausted" && retired.all().length > 0) {
      await retired.clear({ signal });
      result = ipam.allocate(isTaken(addressed()));
    }
    if (result.kind === "allocated") {
      for (const address of result.addresses) promisedAddresses.add(address);
      return result.addresses;
    }
    throw new CniFailure(cniError("ipamFailure", exhaustion(result.cidr)));
  }

  /** All that have an address, also those that are gone but for their port. */
  const addressed = (): readonly PodInterface[] => [...ports.all(), ...retired.all()];

  function isTaken(pods: readonly PodInterface[]): (address: IpAddress) => boolean {
    const taken = new Set(pods.flatMap(({ addresses }) => addresses));
    return (address) => taken.has(address) || promisedAddresses.has(address);
  }

  function exhaustion(cidr: Cidr): string {
    const count = new Set([...ports.all().flatMap((pod) => pod.addresses), ...promisedAddresses])
      .size;
    return `Pod CIDR ${cidr} of this Node has no free address: ${count} are in use. Remove Pods from this Node, or give Nodes larger Pod CIDRs.`;
  }

  function freePort(): OfPort {
    const taken = new Set(addressed().map((pod) => pod.ofPort as number | undefined));
    let port = 1;
    while (taken.has(port) || promisedPorts.has(port)) port++;
    promisedPorts.add(port);
    return ofPort(port);
  }

  /** The names that the new link needs are those of one that was taken off just now. */
  async function makeRoom({ hostName, netns, ifname }: PodInterface, signal: AbortSignal) {
    const isInTheWay = (old: PodInterface): boolean =>
      old.hostName === hostName || (old.netns === netns && old.ifname === ifname);
    if (retired.all().some(isInTheWay)) await retired.clear({ signal });
  }

  async function attach(request: AttachmentRequest, signal: AbortSignal): Promise<PodInterface> {
    const pod = podOf(request);
    const addresses = await allocate(signal);
    const port = freePort();
    const { containerId, ifname, netns } = request;
    const wanted = {
      containerId,
      ifname,
      netns,
      network: request.config.name,
      podNamespace: pod?.namespace ?? "",
      podName: pod?.name ?? "",
      mac: randomMac(randomBytes(6)),
      addresses,
      hostName: linkNameOf(request),
      ofPort: port,
    };
    promisedLinks.add(wanted.hostName);
    try {
      await makeRoom(wanted, signal);
      const link = linkWish(wanted, placeOf(request));
      // flows that came while ovs-vswitchd opens the port would be in force a look at all ports after it
      await realize(wanted, { uid: pod?.uid, isNew: true, signal });
      const opened = await connect(wanted, link, signal);
      await links.untilSending(link);
      const attached = { ...wanted, ofPort: opened };
      const isSilenced = !speaker.has(podKey(wanted)); // by another container of the Pod that was taken off
      if (opened !== port || isSilenced) await realize(attached, { uid: pod?.uid, signal });
      const wish = linkWish(wanted, placeOf(request));
      if (!isDeepStrictEqual(wish, link)) links.fitMtu(wish); // the Node is another one by now
      return attached;
    } catch (error) {
      await rollBack(wanted);
      throw addFailure(error, podKey(wanted));
    } finally {
      promisedLinks.delete(wanted.hostName);
      for (const address of addresses) promisedAddresses.delete(address);
      promisedPorts.delete(port);
    }
  }

  /** Makes link and port, and resolves with the port's number once it is open. */
  async function connect(
    pod: PodInterface & { readonly ofPort: OfPort },
    link: PodLinkWish,
    signal: AbortSignal,
  ): Promise<OfPort> {
    // of several ADDs at once ovs-vswitchd sees many links in one look anyway
    const isAlone = promisedLinks.size === 1;
    const isPortFirst = isAlone && ports.all().length >= slowLookPods;
    const early = isPortFirst ? open(pod, { isComing: true, signal }) : undefined;
    await links.bear(link);
    const opening = early ?? open(pod, { signal });
    await links.ready(link); // while Open vSwitch opens the port
    return await opening;
  }

  /** The port is asked for by number, so that its flows can be there before it. Who fails before it is awaited tells of that. */
  function open(
    pod: PodInterface & { readonly ofPort: OfPort },
    options: OpenOptions,
  ): Promise<OfPort> {
    const externalIds = Object.fromEntries(podExternalIds(pod));
    const opening = ports.add(pod.hostName, { ofPortRequest: pod.ofPort, externalIds }, options);
    opening.catch(() => {});
    return opening;
  }

  function linkWish(pod: PodInterface, netns: string): PodLinkWish {
    const facts = node();
    return {
      hostName: pod.hostName,
      netns,
      ifname: pod.ifname,
      mac: pod.mac,
      mtu: facts.mtu,
      // what cannot be taken back is not given
      directPodCidrs: netns === pod.netns ? facts.directPodCidrs : [],
      addresses: withPrefixes(pod.addresses, facts.podCidrs),
      gateways: facts.podCidrs.map(gatewayAddress),
      offloads: facts.offloads,
    };
  }

  /** Flows that carry come last: until its policies are in force, a Pod neither sends nor receives. */
  async function realize(pod: PodInterface, options: AdmitOptions): Promise<void> {
    if (pod.ofPort === undefined) return;
    speaker.set(podKey(pod), pod.hostName);
    await policies.admit(pod, options);
    if (speaker.get(podKey(pod)) !== pod.hostName) return; // it was taken off meanwhile, or another one speaks
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
    await silence(pod, signal);
    await retired.dismantle([pod], { signal });
  }

  /** Once this is done, an agent that starts anew takes the Pod up no more. */
  async function retire(pod: PodInterface, signal: AbortSignal): Promise<void> {
    await silence(pod, signal);
    await ports.retire(pod, { signal });
    retired.add(pod);
  }

  /** What denies goes last: a flow drops what the Pod sent until now, and then policies need speak of it no more. */
  async function silence(pod: PodInterface, signal: AbortSignal): Promise<void> {
    const { hostName, ofPort } = pod;
    const dropping = ofPort === undefined ? [] : compileRetiredPod(hostName, ofPort);
    await Promise.all([
      takeFlows(pod, signal),
      flows.realize(retiredPodOwner(hostName), dropping), // in one bundle with what goes
    ]);
    await policies.dismiss(pod, { signal });
  }

  /** Takes the Pod's flows away, if they are this container's; another one of the Pod gets its own back. */
  async function takeFlows(pod: PodInterface, signal: AbortSignal): Promise<void> {
    const key = podKey(pod);
    if ((speaker.get(key) ?? pod.hostName) !== pod.hostName) return;
    const other = ports
      .all()
      .find((one) => podKey(one) === key && one.hostName !== pod.hostName && one.ofPort);
    if (other) return realize(other, { signal });
    speaker.delete(key);
    await flows.release(podOwner(key));
  }

  /** Of an ADD that failed and could not be taken back. The flow that drops what was sent stays as long as its port. */
  async function removeLost(hostName: string): Promise<void> {
    await links.remove([hostName]);
    const owner = retiredPodOwner(hostName);
    const hasPort = addressed().some((pod) => pod.hostName === hostName);
    if (!hasPort && flows.wantedBy(owner).length > 0) await flows.release(owner);
  }

  async function rollBack(pod: PodInterface): Promise<void> {
    try {
      await takeApart(pod, AbortSignal.timeout(10_000));
    } catch (error) {
      log.warn("Could not roll back, will clean up later", { pod: podKey(pod), err: error });
      // a link without a port would be found only by a GC or the next start; a port without one by DEL too
      await removeLost(pod.hostName).catch((err: unknown) =>
        log.warn("Could not remove a link, will clean up later", { link: pod.hostName, err }),
      );
    }
  }

  return {
    add: (request, { signal }) =>
      retired.during(async () => {
        const existing = find(request);
        if (existing && (await isComplete(existing, request))) throw alreadyThere(existing);
        if (existing) await takeApart(existing, signal);
        const pod = await attach(request, signal);
        log.info("Connected Pod", {
          pod: podKey(pod),
          ofPort: pod.ofPort,
          addresses: pod.addresses,
        });
        const { podCidrs, mtu } = node();
        return resultOf(pod, { podCidrs, mtu: mtu.link }, request.config);
      }),
    remove: (attachment, { signal }) =>
      retired.during(async () => {
        const pod = find(attachment);
        const hostName = linkNameOf(attachment);
        if (!pod && retired.all().some((old) => old.hostName === hostName)) return;
        if (!pod) return removeLost(hostName);
        await retire(pod, signal);
        log.info("Disconnected Pod", { pod: podKey(pod) });
      }),
    clearAway: retired.run,
    async check(request) {
      const pod = find(request);
      const problem = checkProblem(request, {
        pod,
        seen: await links.observe(placeOf(request), request.ifname),
        hasHostEnd: pod !== undefined && (await links.hostEnds()).all.has(pod.hostName),
        hasFlows: pod !== undefined && flows.wantedBy(podOwner(podKey(pod))).length > 0,
      });
      if (problem !== undefined) throw new CniFailure(cniError("checkFailure", problem));
    },
    fullness() {
      const cidr = ipam.findExhausted(isTaken(ports.all()));
      return cidr && exhaustion(cidr);
    },
    async removeOrphans({ signal }) {
      for (const pod of ports.retired()) retired.add(pod); // an earlier agent's among them
      await retired.clear({ signal });
      const { ours } = await links.hostEnds();
      const known = new Set([...addressed().map(({ hostName }) => hostName), ...promisedLinks]);
      const orphans = ours.filter((name) => !known.has(name));
      if (orphans.length === 0) return;
      log.info("Removing links that no port leads to", { links: orphans });
      await links.remove(orphans);
    },
    refresh: (pod) => realize(pod, { signal: AbortSignal.timeout(refreshMs) }),
    fitMtu: (pod) => links.fitMtu(linkWish(pod, pod.netns)),
    fitOffloads: (pod) => links.fitOffloads(linkWish(pod, pod.netns)),
  };

  /** Whether the container has the interface: an agent may have died while it made it. */
  async function isComplete(pod: PodInterface, request: AttachmentRequest): Promise<boolean> {
    if (pod.ofPort === undefined || pod.error !== undefined) return false;
    const netns = pod.netns === request.netns ? placeOf(request) : pod.netns;
    return (await links.observe(netns, pod.ifname))?.mac === pod.mac;
  }
}

/** The Node's end of an attachment's link; also of one that nothing else is known of. */
function linkNameOf({
  containerId,
  ifname,
  args = {},
}: AttachmentKey & { readonly args?: AttachmentRequest["args"] }): string {
  const pod = podOf({ containerId, ifname, args, netns: "" });
  return hostInterfaceName({
    namespace: pod?.namespace ?? "",
    name: pod?.name ?? containerId,
    containerId,
    ifname,
  });
}

/** Where the namespace can be opened during the call. */
function placeOf({ netns, lentNetns }: AttachmentRequest): string {
  return lentNetns ?? netns;
}

/** CNI specification, "ADD": an interface of the requested name that exists is an error. */
function alreadyThere({ ifname, containerId, netns }: PodInterface): CniFailure {
  return new CniFailure(
    cniError(
      "interfaceFailure",
      `Container ${containerId} has its interface ${ifname} in ${netns} already. DEL it first.`,
    ),
  );
}
