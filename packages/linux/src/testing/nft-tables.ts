import type { NftTable } from "../nft/table.ts";
import { cidr, ip } from "./parse.ts";

interface GatewayOptions {
  readonly podCidr?: string;
  readonly podCidrs?: readonly string[];
}

/** What an agent needs of the ip family: masquerade, forwarding, and a chain reached by a jump. */
export function gatewayTable(options: GatewayOptions = {}): NftTable {
  const { podCidr = "10.10.1.0/24", podCidrs = ["10.10.2.0/24", "10.10.3.0/24"] } = options;
  return {
    family: "ip",
    name: "antrea",
    sets: [
      { name: "pod-cidrs", type: "ipv4_addr", isInterval: true, elements: podCidrs },
      { name: "nodes", type: "ipv4_addr", elements: ["192.0.2.2", "192.0.2.3/32"] },
      { name: "none", type: "ipv4_addr", elements: [] },
    ],
    chains: [
      {
        name: "postrouting",
        base: { type: "nat", hook: "postrouting", priority: 100, policy: "accept" },
        rules: [
          {
            match: [
              { kind: "source", family: "ipv4", address: cidr(podCidr) },
              { kind: "destination", family: "ipv4", address: "@pod-cidrs", isNegated: true },
              { kind: "output", device: "antrea-gw0", isNegated: true },
            ],
            verdict: { kind: "masquerade" },
            comment: "Masquerade Pods that leave the cluster",
            isCounted: true,
          },
        ],
      },
      {
        name: "forward",
        base: { type: "filter", hook: "forward", priority: 0, policy: "accept" },
        rules: [
          {
            match: [{ kind: "ctState", states: ["established", "related"] }],
            verdict: { kind: "accept" },
            comment: "Known connections",
          },
          {
            match: [{ kind: "input", device: "antrea-gw0" }],
            verdict: { kind: "jump", chain: "from-pods" },
            comment: "From Pods",
          },
        ],
      },
      {
        name: "from-pods",
        rules: [
          {
            match: [
              { kind: "addressType", side: "destination", type: "local" },
              { kind: "mark", value: 0x1, mask: 0xff },
            ],
            verdict: { kind: "return" },
            comment: "To the Node",
          },
          {
            match: [{ kind: "destination", family: "ipv4", address: ip("198.51.100.9") }],
            verdict: { kind: "drop" },
            comment: "Never",
          },
        ],
      },
    ],
  };
}

/** What OVS takes from the uplink by itself, hidden from the kernel's stack. */
export function uplinkTable(device: string): NftTable {
  const node = { kind: "destination", family: "ipv4", address: ip("192.0.2.1") } as const;
  return {
    family: "netdev",
    name: "antrea",
    chains: [
      {
        name: "uplink",
        base: {
          type: "filter",
          hook: "ingress",
          priority: -500,
          policy: "accept",
          devices: [device],
        },
        rules: [
          {
            match: [node, { kind: "destinationPort", protocol: "udp", port: 6081 }],
            verdict: { kind: "drop" },
            comment: "Geneve is for OVS",
          },
          {
            match: [node, { kind: "protocol", family: "ipv4", protocol: "gre" }],
            verdict: { kind: "drop" },
            comment: "GRE is for OVS",
          },
          {
            match: [{ kind: "destination", family: "ipv4", address: cidr("10.10.1.0/24") }],
            verdict: { kind: "drop" },
            comment: "Pods are behind OVS",
          },
        ],
      },
    ],
  };
}
