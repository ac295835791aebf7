import { isDeepStrictEqual } from "node:util";
import { type AttachmentRequest, requestOf } from "@antrea/api/cni";
import { invariant, type KeyedChange, realizer, silentLogger } from "@antrea/base";
import { type ManualClock, manualClock } from "@antrea/base/testing";
import { type Cidr, type IpAddress, ofPort } from "@antrea/net";
import { type Flow, flowKey, sameFlow } from "@antrea/openflow/flow";
import type { NodeNetwork, PodMtu } from "@antrea/pipeline";
import {
  type PodInterface,
  type PortRecord,
  parsePodPort,
  parseRetiredPort,
  retiredExternalIds,
} from "../pods/interface-store.ts";
import { ipam } from "../pods/ipam.ts";
import {
  type PodLinks,
  type PodLinkWish,
  type PodNetwork,
  type PodPolicies,
  type PodPorts,
  podNetwork,
} from "../pods/pod-network.ts";

/** A bridge and a host in memory: ports, links and flows as sets, with failures on demand. */
export interface FakeNode {
  readonly pods: PodNetwork;
  readonly ports: Map<string, PortRecord>;
  readonly links: Map<string, PodLinkWish>;
  readonly flows: Map<string, Flow>;
  /** Addresses that have connections. */
  readonly remembered: Set<IpAddress>;
  /** Ports that were asked for and links that were born, in this order. */
  readonly asked: readonly string[];
  readonly clock: ManualClock;
  all(): readonly PodInterface[];
  /** The next call of that kind fails with this sentence. */
  failNext(
    kind: "link" | "setting up" | "asking for a port" | "port" | "flows" | "removal" | "forgetting",
    sentence: string,
  ): void;
  /** New ports are not heard of until they are let. */
  holdPorts(): void;
  letPorts(): void;
  setMtu(next: PodMtu): void;
}

/** No policy there is. */
const noPolicies: PodPolicies = { async admit() {}, async dismiss() {} };

export function fakeNode(
  network: NodeNetwork,
  podCidrs: readonly Cidr[],
  policies = noPolicies,
): FakeNode {
  const ports = new Map<string, PortRecord>();
  const links = new Map<string, PodLinkWish>();
  const flows = new Map<string, Flow>();
  const remembered = new Set<IpAddress>();
  const failures = new Map<string, string>();
  const mayFail = (kind: string): void => {
    const sentence = failures.get(kind);
    failures.delete(kind);
    if (sentence !== undefined) throw new Error(sentence);
  };
  const clock = manualClock();
  let random = 0;
  let mtu: PodMtu = { link: 1450, direct: 1450, far: 1450 };
  let held: PromiseWithResolvers<void> | undefined;
  const asked: string[] = [];

  const all = (): readonly PodInterface[] =>
    [...ports.values()].flatMap((port) => parsePodPort(port) ?? []);
  const podPorts: PodPorts = {
    all,
    async add(name, port, { isComing = false }) {
      invariant(isComing || links.has(name), "a port is asked for where its link is, or comes");
      asked.push(`port ${name}`);
      await held?.promise;
      mayFail("asking for a port");
      ports.set(name, {
        name,
        externalIds: new Map(Object.entries(port.externalIds ?? {})),
        ofport: port.ofPortRequest,
      });
      mayFail("port");
      invariant(port.ofPortRequest !== undefined, "ports of Pods are asked for by number");
      return ofPort(port.ofPortRequest);
    },
    async retire(pod) {
      mayFail("removal");
      const port = ports.get(pod.hostName);
      if (port) ports.set(port.name, { ...port, externalIds: retiredExternalIds(pod) });
    },
    retired: () => [...ports.values()].flatMap((port) => parseRetiredPort(port) ?? []),
    async remove(name) {
      mayFail("removal");
      ports.delete(name);
    },
  };
  const podLinks: PodLinks = {
    async bear(wish) {
      asked.push(`link ${wish.hostName}`);
      mayFail("link");
      const isThere = [...links.values()].some(
        ({ hostName, netns, ifname }) =>
          hostName === wish.hostName || (netns === wish.netns && ifname === wish.ifname),
      );
      if (isThere) throw new Error("File exists");
      links.set(wish.hostName, wish);
    },
    async ready() {
      mayFail("setting up");
    },
    async untilSending() {},
    async observe(netns, ifname) {
      const link = [...links.values()].find((l) => l.netns === netns && l.ifname === ifname);
      const { mac, mtu, addresses, gateways } = link ?? {};
      if (!mac || !mtu || !addresses || !gateways) return undefined;
      return { mac, mtu: mtu.link, addresses, gateways };
    },
    fitOffloads: async () => false,
    fitMtu(wish) {
      const link = links.get(wish.hostName);
      if (!link) throw new Error("No such device");
      links.set(wish.hostName, wish);
      return isDeepStrictEqual(link, wish) ? 0 : 1;
    },
    hostEnds: async () => ({ all: new Set(links.keys()), ours: [...links.keys()] }),
    async remove(names) {
      for (const name of names) links.delete(name);
    },
  };
  const realized = realizer<Flow>(
    { key: flowKey, equal: sameFlow },
    {
      observe: async () => [...flows.values()],
      async apply(change: KeyedChange<string, Flow>) {
        mayFail("flows");
        for (const { key, value } of [...change.add, ...change.modify]) flows.set(key, value);
        for (const { key } of change.remove) flows.delete(key);
      },
    },
  );
  return {
    ports,
    links,
    flows,
    asked,
    remembered,
    clock,
    all,
    failNext: (kind, sentence) => void failures.set(kind, sentence),
    holdPorts: () => void (held = Promise.withResolvers()),
    setMtu: (next) => void (mtu = next),
    letPorts: () => held?.resolve(),
    pods: podNetwork({
      ports: podPorts,
      links: podLinks,
      connections: {
        async forget(addresses) {
          mayFail("forgetting");
          for (const address of addresses) remembered.delete(address);
        },
      },
      flows: realized,
      async datapathSettled() {},
      policies,
      ipam: ipam(podCidrs, (size) => new Uint8Array(size)),
      node: () => ({
        network,
        podCidrs,
        mtu,
        directPodCidrs: undefined,
        offloads: { pod: {}, host: {} },
      }),
      randomBytes: (size) => new Uint8Array(size).fill(++random),
      clock,
      log: silentLogger,
    }),
  };
}

/** All flows but what drops what a Pod sent that was taken off. */
export function carriersIn({ flows }: FakeNode): readonly Flow[] {
  return [...flows.values()].filter(({ actions }) => actions.length > 0);
}

/** A CNI request for a Pod `shop/<name>`. */
export function cniRequest(
  command: "ADD" | "DEL" | "CHECK",
  name: string,
  more: object = {},
): AttachmentRequest {
  const parsed = requestOf(
    command,
    { cniVersion: "1.0.0", name: "antrea", type: "antrea", ...more },
    {
      containerId: `container-${name}`,
      netns: `/var/run/netns/${name}`,
      ifname: "eth0",
      args: { K8S_POD_NAMESPACE: "shop", K8S_POD_NAME: name },
    },
  );
  invariant(parsed.value && "containerId" in parsed.value, "the request of a test is right");
  return parsed.value;
}
