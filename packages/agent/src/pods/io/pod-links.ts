import { setImmediate, setTimeout } from "node:timers/promises";
import {
  endingLinkGroup,
  HostError,
  type HostNetwork,
  type OffloadName,
  type Offloads,
  podLinkGroup,
  type PodVethSpec,
} from "@antrea/linux";
import { hostNetwork } from "@antrea/linux/io";
import { prefixLengthOf } from "@antrea/net";
import type { PodLinkState } from "../pod-check.ts";
import type { PodLinks, PodLinkWish } from "../pod-network.ts";

/** Pods' links by way of the host's kernel. `isIsolated` hides their Node ends from its stack (userspace datapath). */
export function podLinks(
  host: HostNetwork,
  { isIsolated }: { readonly isIsolated: boolean },
): PodLinks {
  const vethOf = (wishes: PodLinkWish): PodVethSpec => {
    const { netns, gateways, offloads, mtu, directPodCidrs, ...wish } = wishes;
    return {
      ...wish,
      mtu: mtu.link,
      sends: { far: mtu.far, near: mtu.direct, nearNetworks: directPodCidrs },
      netnsPath: netns,
      gateways: gateways.map((address) => ({ address })),
      offloads: offloads.pod,
      hostOffloads: offloads.host,
      isIsolated,
    };
  };
  return {
    async bear(wish) {
      await setImmediate();
      host.bearPodVeth(vethOf(wish));
    },
    async ready(wish) {
      await setImmediate();
      host.readyPodVeth(vethOf(wish));
    },
    untilSending: (wish) => untilSending(host, wish),
    fitMtu: (wish) => host.fitPodMtu(vethOf(wish)),
    async fitOffloads({ hostName, netns, ifname, mac, offloads }) {
      // both ends were made for the same datapath
      const isSame = isSubset(offloads.host, host.readOffload(hostName));
      if (isSame || (await observePod(netns, ifname))?.mac !== mac) return false;
      hostNetwork({ netnsPath: netns }).setOffload(ifname, offloads.pod);
      host.setOffload(hostName, offloads.host);
      return true;
    },
    observe: (netns, ifname) => observePod(netns, ifname),
    async hostEnds() {
      const { links } = await host.observe();
      const groups: readonly (number | undefined)[] = [podLinkGroup, endingLinkGroup];
      const ends = [...links.values()].filter(
        ({ kind, group }) => kind === "veth" && groups.includes(group),
      );
      // what hid a link outlives it on newer kernels
      const hidden = isIsolated ? [...host.isolatedDevices()] : [];
      return {
        all: new Set(links.keys()),
        ours: [...new Set([...ends.map(({ name }) => name), ...hidden])],
      };
    },
    async remove(hostNames) {
      await host.deletePodVeths(hostNames);
    },
  };
}

function isSubset(wish: Offloads, seen: Offloads): boolean {
  return Object.entries(wish).every(([name, isOn]) => seen[name as OffloadName] === isOn);
}

/** How long the kernel may take until a link that is up can send, in milliseconds. */
const sendingMs = 5_000;

/**
 * The first frame of the Pod, and the first to it, must not be lost. Where the Node's end was set down
 * meanwhile, the Pod's came up beside an end that was down: then it too sends nothing until the kernel has
 * looked at it.
 */
async function untilSending(
  host: HostNetwork,
  { hostName, netns, ifname }: PodLinkWish,
): Promise<void> {
  if (host.bringUp(hostName)) return;
  const pod = hostNetwork({ netnsPath: netns });
  for (let waitedMs = 0; !host.bringUp(hostName) || !pod.bringUp(ifname); waitedMs++) {
    if (waitedMs === sendingMs) throw new Error(`The kernel did not bring link ${hostName} up`);
    await setTimeout(1);
  }
}

async function observePod(netnsPath: string, ifname: string): Promise<PodLinkState | undefined> {
  try {
    const { links, addresses, routes } = await hostNetwork({ netnsPath }).observe();
    const link = links.get(ifname);
    if (!link?.mac) return undefined;
    return {
      mac: link.mac,
      mtu: link.mtu,
      addresses: [...addresses.values()].filter(({ device }) => device === ifname),
      gateways: [...routes.values()].flatMap(({ destination, via, device }) =>
        via && device === ifname && prefixLengthOf(destination) === 0 ? [via] : [],
      ),
    };
  } catch (error) {
    if (error instanceof HostError && error.problem.code === "no-namespace") return undefined;
    throw error;
  }
}
