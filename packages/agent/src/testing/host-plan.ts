import { cidr, link } from "@antrea/pipeline/testing";
import type { HostPlan } from "../host/desired-host.ts";

/** The host of the Node that `@antrea/pipeline/testing` tells of. */
export function hostPlan(more: Partial<HostPlan> = {}): HostPlan {
  return {
    gateway: {
      device: "antrea-gw0",
      addresses: [link("10.244.1.1/24")],
      mtu: { link: 1450, direct: 1450, far: 1450 },
    },
    transports: [{ device: "eth0", addresses: [link("172.30.1.11/24")] }],
    heedsRouters: false,
    podCidrs: [cidr("10.244.1.0/24")],
    answersNd: true,
    tunnels: [],
    isUplinkShared: true,
    masquerade: true,
    randomPorts: false,
    ...more,
  };
}
