import { type Cidr, type IpAddress, parseCidr, parseIp } from "@antrea/net";
import type { Labels, PodRecord } from "../../computation/records.ts";
import { type Cluster, emptyCluster, type WrittenPolicy } from "../cluster.ts";
import type { Traffic } from "../packet.ts";

/** Addresses and networks of literals; throws where one is none. */
export function ip(text: string): IpAddress {
  const address = parseIp(text);
  if (!address) throw new Error(`${text} is no address`);
  return address;
}

export function cidr(text: string): Cidr {
  const network = parseCidr(text);
  if (!network) throw new Error(`${text} is no network`);
  return network;
}

export function pod(
  namespace: string,
  name: string,
  address: string,
  more: Partial<PodRecord> = {},
): PodRecord {
  return {
    ...{ namespace, name, ips: [ip(address)], nodeName: "node-1", labels: { app: name } },
    ...{ ports: [], serviceAccount: "default", hostNetwork: false, isFinished: false },
    uid: `${namespace}/${name}/${address}`,
    ...more,
  };
}

const namespace = (name: string, labels: Labels = {}) => ({
  name,
  labels: { "kubernetes.io/metadata.name": name, ...labels },
});

/** Two Namespaces, `shop` with web and db, `bank` with web; two Nodes; all addresses say who it is. */
export function smallCluster(
  policies: readonly WrittenPolicy[],
  more: Partial<Cluster> = {},
): Cluster {
  return {
    ...emptyCluster,
    namespaces: [namespace("shop", { team: "a" }), namespace("bank", { team: "b" })],
    nodes: [
      { name: "node-1", labels: { zone: "east" }, addresses: [ip("172.18.0.1"), ip("10.1.0.1")] },
      { name: "node-2", labels: { zone: "west" }, addresses: [ip("172.18.0.2"), ip("10.2.0.1")] },
    ],
    pods: [
      pod("shop", "web", "10.1.0.11", {
        ports: [{ name: "http", port: 8080, protocol: "TCP" }],
      }),
      pod("shop", "db", "10.2.0.12", {
        nodeName: "node-2",
        ports: [{ name: "http", port: 9090, protocol: "TCP" }],
      }),
      pod("bank", "web", "10.2.0.21", { nodeName: "node-2", serviceAccount: "teller" }),
      pod("bank", "dual", "10.2.0.22", {
        nodeName: "node-2",
        ips: [ip("10.2.0.22"), ip("fd00:2::22")],
      }),
      pod("shop", "dual", "10.1.0.13", { ips: [ip("10.1.0.13"), ip("fd00:1::13")] }),
      pod("shop", "host", "172.18.0.1", { hostNetwork: true }),
    ],
    policies,
    ...more,
  };
}

export function tcp(destinationPort: number, sourcePort = 40_000): Traffic {
  return { protocol: "TCP", sourcePort, destinationPort };
}
