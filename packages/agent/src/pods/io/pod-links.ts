import { HostError, type HostNetwork, podLinkGroup } from "@antrea/linux";
import { hostNetwork } from "@antrea/linux/io";
import { prefixLengthOf } from "@antrea/net";
import type { PodLinkState } from "../pod-check.ts";
import type { PodLinks } from "../pod-network.ts";

/** Pods' links by way of the host's kernel. `isIsolated` hides their Node ends from its stack (userspace datapath). */
export function podLinks(
  host: HostNetwork,
  { isIsolated }: { readonly isIsolated: boolean },
): PodLinks {
  return {
    create({ hostName, netns, ifname, mac, mtu, addresses, gateways, offloads }) {
      host.createPodVeth({
        hostName,
        netnsPath: netns,
        ifname,
        mac,
        mtu,
        addresses,
        gateways: gateways.map((address) => ({ address })),
        offloads: offloads.pod,
        hostOffloads: offloads.host,
        isIsolated,
      });
    },
    observe: (netns, ifname) => observePod(netns, ifname),
    async hostEnds() {
      const { links } = await host.observe();
      return {
        all: new Set(links.keys()),
        ours: [...links.values()].flatMap(({ name, kind, group }) =>
          kind === "veth" && group === podLinkGroup ? [name] : [],
        ),
      };
    },
    async remove(hostName) {
      await host.deletePodVeth(hostName);
    },
  };
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
