import {
  type Cidr,
  cidrFamily,
  cidrSize,
  familyOf,
  type IpAddress,
  nthAddress,
  parseIp,
  prefixLengthOf,
} from "@antrea/net";
import type { NodeRecord, PodRecord } from "../computation/records.ts";
import type { IpBlock, RuleService } from "../model.ts";
import type { Packet, Traffic } from "../reference/index.ts";
import type { PolicyScope } from "./scope.ts";

/** Somebody who may open a connection, or have one opened to him. */
export interface End {
  readonly name: string;
  readonly addresses: readonly IpAddress[];
  readonly pod?: PodRecord;
  readonly node?: NodeRecord;
}

/** Connections to be judged; a part of all where there are too many. */
export interface Sample {
  readonly ends: readonly End[];
  readonly connections: readonly Connection[];
  readonly isPart: boolean;
}

export interface Connection {
  readonly from: End;
  readonly to: End;
  readonly packet: Packet;
}

export interface Neighbourhood {
  readonly pods: readonly PodRecord[];
  readonly nodes: readonly NodeRecord[];
}

const mostConnections = 4_000;
const mostKinds = 6;
const mostPeers = 24;
/** Pods that no rule speaks of, which isolation concerns too. */
const mostStrangers = 4;

/** Each policy's subjects with their peers, some strangers and addresses outside, both ways, for each kind of traffic. */
export function sampleOf(scope: PolicyScope, around: Neighbourhood): Sample {
  const find = finder(around);
  const all = {
    kinds: kindsOf(scope.services),
    peers: [...find.named(scope.peers.keys()), ...scope.blocks.flatMap(find.inBlock)],
    subjects: find.named(scope.subjects.keys()),
  };
  const strangers = spread(around.pods.filter(isReachable), mostStrangers).map(endOfPod);
  const kinds = spread(all.kinds, mostKinds);
  const peers = distinct([...spread(distinct(all.peers), mostPeers), ...strangers]);
  const room = Math.floor(mostConnections / (2 * kinds.length * Math.max(1, peers.length)));
  const subjects = spread(all.subjects, Math.max(1, room));
  const connections = subjects.flatMap((subject) =>
    peers
      .filter(({ name }) => name !== subject.name)
      .flatMap((peer) => [...between(subject, peer, kinds), ...between(peer, subject, kinds)]),
  );
  return {
    ends: distinct([...subjects, ...peers]),
    connections: distinctBy(connections, ({ packet }) => JSON.stringify(packet)),
    isPart:
      subjects.length < all.subjects.length ||
      (subjects.length > 0 &&
        (kinds.length < all.kinds.length || around.pods.length > peers.length)),
  };
}

/** A kind of traffic; a name of a port stands for what the destination calls so. */
interface Kind {
  readonly protocol: "TCP" | "UDP" | "SCTP" | "ICMP";
  readonly port?: number | string | undefined;
  readonly sourcePort?: number | undefined;
}

/** What rules speak of, and a port that none of them does. */
function kindsOf(services: readonly RuleService[]): readonly Kind[] {
  const kinds = services.flatMap((service): readonly Kind[] => {
    if (service.protocol === "IGMP") return [];
    if (service.protocol === "ICMP") return [{ protocol: "ICMP" }];
    const { protocol, port = 80, endPort, srcPort } = service;
    const last = endPort !== undefined && endPort !== port ? [endPort] : [];
    return [port, ...last].map((one) => ({ protocol, port: one, sourcePort: srcPort }));
  });
  const named = new Set(kinds.map(({ port }) => port));
  const other = [80, 8080, 9999].find((port) => !named.has(port)) ?? 80;
  return distinctBy([...kinds, { protocol: "TCP", port: other }], (kind) => JSON.stringify(kind));
}

function between(from: End, to: End, kinds: readonly Kind[]): readonly Connection[] {
  const family = from.addresses
    .map(familyOf)
    .find((one) => to.addresses.some((address) => familyOf(address) === one));
  const source = from.addresses.find((one) => familyOf(one) === family);
  const destination = to.addresses.find((one) => familyOf(one) === family);
  if (!source || !destination) return [];
  return kinds.flatMap((kind) =>
    trafficsOf(kind, to, source).map((traffic) => ({
      ...{ from, to },
      packet: { source, destination, traffic },
    })),
  );
}

function trafficsOf(kind: Kind, to: End, source: IpAddress): readonly Traffic[] {
  const { protocol, port = 80, sourcePort = 40_000 } = kind;
  if (protocol === "ICMP")
    return [{ protocol, icmpType: familyOf(source) === "ipv6" ? 128 : 8, icmpCode: 0 }];
  const numbers =
    typeof port === "number"
      ? [port]
      : (to.pod?.ports ?? [])
          .filter((one) => one.name === port && one.protocol === protocol)
          .map((one) => one.port);
  return numbers.map((destinationPort) => ({ protocol, sourcePort, destinationPort }));
}

function finder({ pods, nodes }: Neighbourhood) {
  const podsByName = new Map(pods.filter(isReachable).map((pod) => [endOfPod(pod).name, pod]));
  const nodesByName = new Map(nodes.map((node) => [node.name, node]));
  let podsByAddress: ReadonlyMap<IpAddress, PodRecord> | undefined;
  return {
    named: (names: Iterable<string>): readonly End[] =>
      [...names].sort().flatMap((name) => {
        const pod = podsByName.get(name);
        const node = nodesByName.get(name);
        if (pod) return [endOfPod(pod)];
        return node ? [{ name, addresses: node.addresses, node }] : [];
      }),
    /** An address that the block stands for, and one that it leaves out. */
    inBlock({ cidr, except }: IpBlock): readonly End[] {
      podsByAddress ??= new Map(
        [...podsByName.values()].flatMap((pod) => pod.ips.map((ip) => [ip, pod] as const)),
      );
      const addresses = [cidr, ...except.slice(0, 1)].map(addressIn);
      return addresses.map((address) => {
        const pod = podsByAddress?.get(address);
        return pod ? endOfPod(pod) : { name: address, addresses: [address] };
      });
    },
  };
}

/** Addresses for documentation (RFC 5737, RFC 3849), which are nobody's, stand for all there are. */
const outsiders = { ipv4: parseIp("192.0.2.1"), ipv6: parseIp("2001:db8::1") };

function addressIn(cidr: Cidr): IpAddress {
  const outsider = prefixLengthOf(cidr) === 0 ? outsiders[cidrFamily(cidr)] : undefined;
  return outsider ?? nthAddress(cidr, cidrSize(cidr) > 1n ? 1n : 0n);
}

function isReachable({ ips, hostNetwork, isFinished }: PodRecord): boolean {
  return ips.length > 0 && !hostNetwork && !isFinished;
}

function endOfPod(pod: PodRecord): End {
  return { name: `${pod.namespace}/${pod.name}`, addresses: pod.ips, pod };
}

const distinct = (ends: readonly End[]): readonly End[] => distinctBy(ends, ({ name }) => name);

function distinctBy<T>(all: readonly T[], keyOf: (one: T) => string): readonly T[] {
  return [...new Map(all.map((one) => [keyOf(one), one])).values()];
}

/** At most so many of all, from everywhere among them, and the same ones each time. */
function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)] as T);
}
