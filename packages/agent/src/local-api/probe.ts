import type { ProbeResult } from "@antrea/api/local-api";
import type { EchoRequest, EchoResult } from "@antrea/linux";
import { type Cidr, familyOf, type IpAddress, type IpFamily } from "@antrea/net";
import { minimumIpv6Mtu } from "@antrea/pipeline";
import { gatewayAddress } from "../pods/ipam.ts";
import { type PeerStatus, unroutableReason } from "../routes/reconciler.ts";
import { peerPath } from "./path-rows.ts";

/** Sends one echo request and says what came of it. */
export type Echo = (
  request: EchoRequest,
  options: { readonly signal: AbortSignal },
) => Promise<EchoResult>;

/** Finds out by packets, not by configuration, whether and how well a peer is reached. */
export interface Prober {
  /** One result a Pod CIDR: each IP family has a way of its own. */
  probe(status: PeerStatus, mtu: number, options: ProbeOptions): Promise<readonly ProbeResult[]>;
  /** Whether the address answers at all. */
  answers(
    address: IpAddress,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<boolean>;
}

export interface ProbeOptions {
  readonly count: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What every host must be able to receive (RFC 791 section 3.1, RFC 8200 section 5). */
const smallestMtu: Readonly<Record<IpFamily, number>> = { ipv4: 576, ipv6: minimumIpv6Mtu };

/** Probes the gateway of a peer's Pod CIDR: by the same bridge, path and headers as its Pods' traffic. */
export function prober(echo: Echo): Prober {
  /** By halving: a packet that is too long is mostly just lost, so each wrong guess costs its wait. */
  async function largestThatReturns(
    address: IpAddress,
    mtu: number,
    { count, timeoutMs, signal, isLossy }: ProbeOptions & { readonly isLossy: boolean },
  ): Promise<number | undefined> {
    const passes = async (packetBytes: number): Promise<boolean> =>
      (await echo({ destination: address, packetBytes, timeoutMs }, { signal })).kind === "reply";
    for (let tries = 0; tries < count; tries++) if (await passes(mtu)) return mtu;
    if (isLossy) return undefined; // each wrong guess would look like a small link
    let good = smallestMtu[familyOf(address)];
    if (good >= mtu || !(await passes(good))) return undefined;
    let bad = mtu;
    while (bad - good > 1) {
      const size = Math.floor((good + bad) / 2);
      if (await passes(size)) good = size;
      else bad = size;
    }
    return good;
  }

  /** What came of echo requests to one gateway. */
  async function probeGateway(
    status: PeerStatus,
    cidr: Cidr,
    mtu: number,
    options: ProbeOptions,
  ): Promise<ProbeResult> {
    const address = gatewayAddress(cidr);
    const times: number[] = [];
    let reason = "no answer";
    for (let i = 0; i < options.count; i++) {
      const outcome = await echo(
        { destination: address, timeoutMs: options.timeoutMs },
        { signal: options.signal },
      );
      if (outcome.kind === "reply") times.push(outcome.roundTripMs);
      else reason = echoReason(outcome);
    }
    const common = {
      node: status.plan.identity.name,
      address,
      path: peerPath(status),
      mtu,
      sent: options.count,
      received: times.length,
    };
    if (times.length === 0) return { ...common, failure: explain(status, cidr, reason) };
    const roundTrip = {
      min: Math.min(...times),
      mean: times.reduce((a, b) => a + b, 0) / times.length,
      max: Math.max(...times),
    };
    const lost = options.count - times.length;
    const largest = await largestThatReturns(address, mtu, { ...options, isLossy: lost > 0 });
    return {
      ...common,
      roundTrip,
      ...(largest === undefined ? {} : { largest }),
      ...(largest === mtu
        ? {}
        : {
            failure:
              lost > 0
                ? `${lost} of ${options.count} echoes were lost: the network between loses packets, and which sizes pass cannot be told`
                : tooLarge(mtu, largest ?? `fewer than ${smallestMtu[familyOf(address)]}`),
          }),
    };
  }

  return {
    async probe(status, mtu, options) {
      const { podCidrs, name } = status.plan.identity;
      const path = peerPath(status);
      const isReachable = podCidrs.length > 0 && path.kind !== "none";
      if (isReachable)
        return Promise.all(podCidrs.map((cidr) => probeGateway(status, cidr, mtu, options)));
      const failure = podCidrs.length > 0 ? path.reason : "it has no Pod CIDR yet";
      return [{ node: name, path, sent: 0, received: 0, failure }];
    },
    async answers(address, { timeoutMs, signal }) {
      for (let i = 0; i < 2; i++) {
        const outcome = await echo({ destination: address, timeoutMs }, { signal });
        if (outcome.kind === "reply") return true;
      }
      return false;
    },
  };
}

function tooLarge(mtu: number, largest: number | string): string {
  return `packets of ${mtu} bytes do not pass, the largest that does has ${largest}: a link on the way has a smaller MTU than the transport interface`;
}

/** What the failure of a path most often means. */
function explain({ plan, unresolved, unroutable }: PeerStatus, cidr: Cidr, reason: string): string {
  if (unroutable.includes(cidr)) return unroutableReason([cidr]);
  if (unresolved.length > 0)
    return `the Ethernet address of ${unresolved.join(", ")} is not known: nobody answers ARP or neighbour discovery for it`;
  const { path } = plan;
  if (path.kind === "direct" && !path.onLink)
    return `${reason}; the network between has no route for ${cidr}: see "antctl check routes"`;
  if (path.kind === "direct")
    return `${reason}; the network between drops packets with Pod addresses, or the Node is down`;
  return `${reason}; the network between drops the tunnel's packets, or the Node is down`;
}

function echoReason(outcome: Exclude<EchoResult, { readonly kind: "reply" }>): string {
  switch (outcome.kind) {
    case "noAnswer":
      return "no answer";
    case "tooBig":
      return `too big for a link of ${outcome.mtu ?? "unknown"} bytes on the way`;
    case "unreachable":
      return outcome.by ? `${outcome.by} says: ${outcome.reason}` : outcome.reason;
  }
}
