import type { Cidr } from "@antrea/net";

/**
 * A network of Debian's `bridge` plugin: one bridge a Node, and the fabric's router carries Pod
 * addresses between Nodes. It has no policies and no tunnels; it is there to test the lab itself.
 */
export function bridgeConflist(podCidr: Cidr): string {
  return JSON.stringify({
    cniVersion: "1.0.0",
    name: "antrea-lab-bridge",
    plugins: [
      {
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: "host-local",
          ranges: [[{ subnet: podCidr }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true }, snat: true },
    ],
  });
}
