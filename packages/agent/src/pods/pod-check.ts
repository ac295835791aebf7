import type { AttachmentRequest, CniResult } from "@antrea/api/cni";
import { familyOf, type IpAddress, type MacAddress } from "@antrea/net";
import { type PodInterface, podKey } from "./interface-store.ts";

/** What the kernel has of a Pod's end: what CHECK compares. */
export interface PodLinkState {
  readonly mac: MacAddress;
  readonly mtu: number;
  readonly addresses: readonly { readonly address: IpAddress; readonly prefixLength: number }[];
  /** Gateways of the default routes. */
  readonly gateways: readonly IpAddress[];
}

/** All that a CHECK looks at. */
export interface CheckFacts {
  /** The port of the attachment; undefined if the bridge has none. */
  readonly pod: PodInterface | undefined;
  readonly hasHostEnd: boolean;
  /** The Pod's end; undefined if interface or namespace is gone. */
  readonly seen: PodLinkState | undefined;
  readonly hasFlows: boolean;
}

/**
 * What is not as the ADD left it, as a sentence (CNI specification, "CHECK"); undefined if all is well.
 * What later plugins of the chain added or took away is theirs: a route that `prevResult` no longer has
 * may be missing, an address on another interface is not looked for.
 */
export function checkProblem(
  { netns, ifname, containerId, config }: AttachmentRequest,
  { pod, hasHostEnd, seen, hasFlows }: CheckFacts,
): string | undefined {
  if (!pod) return `Container ${containerId} has no port on the bridge.`;
  if (!seen) return `Interface ${ifname} is not in ${netns}.`;
  if (!hasHostEnd) return `The Node has no interface ${pod.hostName}, the other end of ${ifname}.`;
  if (seen.mac !== pod.mac)
    return `${ifname} has Ethernet address ${seen.mac}, but was given ${pod.mac}.`;
  const has = (address: IpAddress): boolean => seen.addresses.some((a) => a.address === address);
  const lost = pod.addresses.find((address) => !has(address));
  if (lost) return `${ifname} has lost its address ${lost}.`;
  if (pod.error !== undefined || pod.ofPort === undefined)
    return `The port ${pod.hostName} is not open: ${pod.error ?? "it has no number yet"}.`;
  if (!hasFlows) return `The bridge has no flows of ${podKey(pod)}.`;
  return previousProblem(config.prevResult ?? {}, { netns, ifname, pod, seen });
}

interface Previous {
  readonly netns: string;
  readonly ifname: string;
  readonly pod: PodInterface;
  readonly seen: PodLinkState;
}

/** What `prevResult` says of our interface must still be so. */
function previousProblem(
  { interfaces = [], ips = [], routes = [] }: CniResult,
  { netns, ifname, pod, seen }: Previous,
): string | undefined {
  const place = interfaces.findIndex(({ name, sandbox }) => name === ifname && sandbox === netns);
  if (interfaces.length > 0 && place < 0)
    return `prevResult has no interface ${ifname} in ${netns}.`;
  const mac = interfaces[place]?.mac;
  if (mac !== undefined && mac.toLowerCase() !== pod.mac)
    return `prevResult says Ethernet address ${mac}, but ${podKey(pod)} was given ${pod.mac}.`;
  const isOurs = (of: number | undefined): boolean => of === undefined || place < 0 || of === place;
  for (const { address, interface: of } of ips) {
    if (isOurs(of) && !seen.addresses.some((a) => a.address === address.address))
      return `prevResult says ${address.address}, but ${ifname} has ${seen.addresses.map((a) => a.address).join(", ")}.`;
  }
  const gateways = ips.flatMap(({ gateway, interface: of }) =>
    gateway && isOurs(of) ? [gateway] : [],
  );
  for (const { dst, gw } of routes) {
    const via = gw ?? gateways.find((g) => familyOf(g) === familyOf(dst.address));
    if (dst.prefixLength === 0 && via && gateways.includes(via) && !seen.gateways.includes(via))
      return `The default route by ${via} is gone from ${netns}.`;
  }
  return undefined;
}
