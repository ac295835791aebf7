import type { HostNetwork } from "@antrea/linux";
import { hostNetwork } from "@antrea/linux/io";
import type { PodLinks, PodLinkState } from "../pod-network.ts";

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
    async names() {
      return new Set((await host.observe()).links.keys());
    },
    async remove(hostName) {
      await host.deletePodVeth(hostName);
    },
  };
}

async function observePod(netnsPath: string, ifname: string): Promise<PodLinkState | undefined> {
  try {
    const { links, addresses } = await hostNetwork({ netnsPath }).observe();
    const link = links.get(ifname);
    if (!link?.mac) return undefined;
    return {
      mac: link.mac,
      mtu: link.mtu,
      addresses: [...addresses.values()].filter(({ device }) => device === ifname),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
