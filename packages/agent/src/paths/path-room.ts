import { type Clock, errorText, type Logger } from "@antrea/base";
import { type Cidr, cidrFamily, familyOf, type MacAddress, nthAddress, ofPorts } from "@antrea/net";
import * as of from "@antrea/openflow/flow";
import {
  cookieOf,
  type DirectVerdict,
  networkOver,
  type NodeNetwork,
  pathProbeMark,
  peerOwner,
  provenBefore,
  tables,
} from "@antrea/pipeline";
import type { SwitchConnection, SwitchLink } from "../bridge/switch-link.ts";
import { type NextHop, withLinkAddresses } from "../routes/peers.ts";
import type { PeerStatus } from "../routes/reconciler.ts";
import { allows, newBudget, refilled, spent } from "./budget.ts";
import {
  answered,
  inheritedLane,
  isUrgent,
  type Lane,
  lost,
  newLane,
  pace,
  type SentProbe,
  takeProbes,
  urged,
} from "./lane.ts";
import { encodeProbe, hex, nonceBytes, nonceOf } from "./probe-frame.ts";
import { type Measured, measuredOf, verdictOf } from "./verdict.ts";

export interface PathRoomDeps {
  /** Whether this Node, as it sends and takes now, measures any path. */
  readonly measures: () => boolean;
  readonly peers: () => ReadonlyMap<string, PeerStatus>;
  readonly network: () => NodeNetwork;
  /** What Pods send to a peer in one packet where no tunnel is in the way, in bytes. */
  readonly podMtu: () => number;
  readonly macOf: (hop: NextHop) => MacAddress | undefined;
  readonly session: Pick<SwitchLink, "connection" | "isSettled">;
  /** The verdict about a peer, or its reason, has changed. */
  readonly onVerdict: (name: string) => void;
  /** A proof has ended: the peer is tunnelled to from here on. */
  readonly onFallen: (name: string, verdict: DirectVerdict) => void;
  /** What became of a probe of full size; the time is that of the round trip. */
  readonly onProbed: (outcome: "answered" | "lost", roundTripMs?: number) => void;
  readonly randomBytes: (size: number) => Uint8Array;
  /** In [0, 1). */
  readonly random: () => number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Measures the direct paths to those peers whose plans ask for it, and says which are proven. */
export interface PathRoom {
  /** Of the direct path over this link; by default, over the one that is measured. */
  verdict(name: string, device?: string): DirectVerdict;
  /** Undefined for a peer that is not measured. */
  measured(name: string): Measured | undefined;
  /** Takes up what was proven before the agent started anew, as the flows on the switch say; before peers are planned. */
  takeUp(options: { readonly signal: AbortSignal }): Promise<void>;
  /** Probes until the signal. */
  run(signal: AbortSignal): Promise<void>;
}

interface Watched {
  /** The link that is measured. */
  readonly device: string;
  readonly lanes: Map<Cidr, Lane>;
  verdict: DirectVerdict;
  /** What the switch had sent to its Pods, in packets; undefined before the first look. */
  packets: number | undefined;
  /** Pods send to it, as far as was seen, until here. */
  activeUntil: number;
}

/** A lane whose probes are due. */
interface Due {
  readonly name: string;
  readonly cidr: Cidr;
  readonly lane: Lane;
  readonly isActive: boolean;
  readonly urgent: boolean;
}

interface Pending extends SentProbe {
  readonly name: string;
  readonly cidr: Cidr;
}

/** Which peers there are, and to which of them Pods send, is looked at so often, in milliseconds. */
const lookMs = 1_000;
/** A peer that Pods sent to counts as active for so long. */
const staysActiveMs = 30_000;
/** A program that was held up this long has answers to read before it calls a probe lost. */
const heldUpMs = 100;
const tickMs = 10;

export function pathRoom(deps: PathRoomDeps): PathRoom {
  const { clock, log, session } = deps;
  const watched = new Map<string, Watched>();
  /** The cookies of peers that were proven before, until they are watched. */
  let inherited: ReadonlySet<bigint> = new Set();
  /** Probes on their way, by nonce, in the order in which they were sent. */
  const pending = new Map<string, Pending>();
  let budget = newBudget(clock.now());
  let connection: SwitchConnection | undefined;
  let looking: Promise<void> | undefined;
  /** Wakes the loop before its time. */
  let ring = (): void => {};

  function replace(name: string, cidr: Cidr, lane: Lane): void {
    const peer = watched.get(name);
    if (!peer) return;
    peer.lanes.set(cidr, lane);
    const before = peer.verdict;
    peer.verdict = verdictOf([...peer.lanes.values()]);
    if (before.reason === peer.verdict.reason) return;
    deps.onVerdict(name);
    if (before.isProven && !peer.verdict.isProven) deps.onFallen(name, peer.verdict);
  }

  function conclude(probe: Pending, outcome: "answered" | "lost"): void {
    const lane = watched.get(probe.name)?.lanes.get(probe.cidr);
    if (!lane) return;
    const now = clock.now();
    if (probe.packetBytes === lane.full) {
      if (outcome === "lost") deps.onProbed(outcome);
      else deps.onProbed(outcome, now - probe.sentAt);
    }
    replace(probe.name, probe.cidr, (outcome === "answered" ? answered : lost)(lane, probe, now));
  }

  function hear({ userdata, packet }: PacketIn): void {
    if (hex(userdata) !== pathProbeMark) return;
    const nonce = nonceOf(packet);
    const probe = nonce === undefined ? undefined : pending.get(nonce);
    if (nonce === undefined || !probe) return; // too late, or made up
    pending.delete(nonce);
    conclude(probe, "answered");
  }

  function expire(now: number): void {
    for (const [nonce, probe] of pending) {
      if (now - probe.sentAt < pace.answerWithin) return;
      pending.delete(nonce);
      conclude(probe, "lost");
    }
  }

  /** The frames of probes to this peer differ in size and nonce only; undefined while its next hop is not known. */
  function frameTo(status: PeerStatus, cidr: Cidr) {
    const { uplink, gateway } = networkOver(deps.network(), status.plan.device);
    const family = cidrFamily(cidr);
    const source = gateway.addresses.find(({ address }) => familyOf(address) === family)?.address;
    const destinationMac = withLinkAddresses(status.plan, deps.macOf).nextHopMacs?.[family];
    if (!uplink || !source || !destinationMac) return undefined;
    const destination = nthAddress(cidr, 1n);
    return { uplink, frame: { sourceMac: uplink.mac, destinationMac, source, destination } };
  }

  function send(name: string, cidr: Cidr, sizes: readonly number[], now: number): void {
    const status = deps.peers().get(name);
    const way = status && frameTo(status, cidr);
    if (!way || !connection) return;
    for (const packetBytes of sizes) {
      const nonce = deps.randomBytes(nonceBytes);
      pending.set(hex(nonce), { name, cidr, packetBytes, sentAt: now });
      connection.packetOut({
        metadata: of.matchOf(of.inPort(ofPorts.controller)),
        actions: [of.output(way.uplink.ofPort)],
        packet: encodeProbe({ ...way.frame, packetBytes, nonce }),
      });
    }
  }

  function sendDue(now: number): void {
    budget = refilled(budget, now);
    const due: Due[] = [];
    for (const [name, { lanes, activeUntil }] of watched)
      for (const [cidr, lane] of lanes) {
        if (lane.nextAt > now) continue;
        const isActive = now < activeUntil;
        due.push({ name, cidr, lane, isActive, urgent: isUrgent(lane, isActive) });
      }
    due.sort((a, b) => Number(b.urgent) - Number(a.urgent) || a.lane.nextAt - b.lane.nextAt);
    for (const { name, cidr, lane, isActive, urgent } of due) {
      const taken = takeProbes(lane, { now, isActive, random: deps.random });
      if (!allows(budget, taken.packetBytes.length, urgent)) return;
      budget = spent(budget, taken.packetBytes.length, urgent);
      replace(name, cidr, taken.lane);
      send(name, cidr, taken.packetBytes, now);
    }
  }

  function isInherited(name: string): boolean {
    return inherited.has(cookieOf("PodConnectivity", peerOwner(name)));
  }

  function unwatchedVerdict(name: string): DirectVerdict {
    return verdictOf(isInherited(name) ? [inheritedLane(deps.podMtu(), clock.now())] : []);
  }

  /** Takes up peers whose plans ask for it, and forgets the others. */
  function follow(now: number): void {
    if (watched.size === 0 && !deps.measures()) return; // a thousand peers are not walked through for nothing
    const peers = deps.peers();
    for (const name of watched.keys()) if (!peers.get(name)?.plan.measured) watched.delete(name);
    const full = deps.podMtu();
    for (const [name, { plan }] of peers) {
      if (!plan.measured) continue;
      const families = new Set(deps.network().podCidrs.map(cidrFamily));
      const cidrs = plan.podCidrs.filter((cidr) => families.has(cidrFamily(cidr)));
      const peer = watched.get(name);
      const isSame =
        peer?.device === plan.device &&
        peer.lanes.size === cidrs.length &&
        cidrs.every((cidr) => peer.lanes.get(cidr)?.full === full);
      if (isSame) continue;
      const kept = (cidr: Cidr): Lane => {
        const lane = peer?.lanes.get(cidr);
        if (peer && peer.device !== plan.device) return newLane(full, now);
        if (lane) return lane.full === full ? lane : newLane(full, now);
        return (isInherited(name) ? inheritedLane : newLane)(full, now);
      };
      const lanes = new Map(cidrs.map((cidr) => [cidr, kept(cidr)]));
      // what was sent over another link proves nothing of this one
      if (peer && peer.device !== plan.device)
        for (const [nonce, probe] of pending) if (probe.name === name) pending.delete(nonce);
      const verdict = verdictOf([...lanes.values()]);
      const { device } = plan;
      watched.set(name, { packets: undefined, activeUntil: 0, ...peer, device, lanes, verdict });
      if (verdict.reason !== peer?.verdict.reason) deps.onVerdict(name);
    }
  }

  /** Sees by the counters of the flows that send to them which peers Pods talk to. */
  async function lookForTraffic(signal: AbortSignal): Promise<void> {
    if (watched.size === 0) return; // a mode that measures nothing asks the switch nothing
    const names = new Map(
      [...watched.keys()].map((name) => [cookieOf("PodConnectivity", peerOwner(name)), name]),
    );
    const table = tables.L3Forwarding.id;
    const flows = (await connection?.dumpCounted({ table, signal })) ?? [];
    const sent = new Map<string, number>();
    for (const { flow, packets } of flows) {
      const name = names.get(flow.cookie);
      if (name !== undefined) sent.set(name, (sent.get(name) ?? 0) + packets);
    }
    const now = clock.now();
    for (const [name, packets] of sent) {
      const peer = watched.get(name);
      if (!peer) continue;
      const isMore = packets > (peer.packets ?? 0);
      peer.packets = packets;
      if (!isMore) continue;
      if (now >= peer.activeUntil) {
        for (const [cidr, lane] of peer.lanes) peer.lanes.set(cidr, urged(lane, now));
        ring();
      }
      peer.activeUntil = now + staysActiveMs;
    }
  }

  async function connect(signal: AbortSignal): Promise<void> {
    const current = await session.connection({ signal });
    if (current === connection) return;
    connection = current;
    pending.clear(); // their answers went to the one before
    current.onPacketIn(hear);
  }

  function nextWake(nextLook: number): number {
    let wake = nextLook;
    for (const { lanes } of watched.values())
      for (const { nextAt } of lanes.values()) wake = Math.min(wake, nextAt);
    const [first] = pending.values();
    return first ? Math.min(wake, first.sentAt + pace.answerWithin) : wake;
  }

  return {
    verdict(name, device) {
      const peer = watched.get(name);
      if (!peer) return unwatchedVerdict(name);
      return device === undefined || device === peer.device ? peer.verdict : verdictOf([]);
    },
    measured(name) {
      const lanes = watched.get(name)?.lanes;
      return lanes && measuredOf([...lanes.values()]);
    },
    async takeUp({ signal }) {
      const flows = await (await session.connection({ signal })).dumpFlows({ signal });
      inherited = provenBefore(flows, deps.network());
    },
    async run(signal) {
      let nextLook = clock.now();
      while (!signal.aborted) {
        await connect(signal);
        const now = clock.now();
        if (now >= nextLook) {
          nextLook = now + lookMs;
          follow(now);
          inherited = new Set();
          looking ??= lookForTraffic(AbortSignal.any([signal, AbortSignal.timeout(lookMs * 5)]))
            .catch((error: unknown) => {
              if (!signal.aborted)
                log.debug("Could not see who is talked to", { err: errorText(error) });
            })
            .finally(() => (looking = undefined));
        }
        expire(now);
        // while flows are on their way back, silence means nothing
        if (session.isSettled) sendDue(now);
        const wake = Math.max(nextWake(nextLook), now + tickMs);
        const { promise: rung, resolve } = Promise.withResolvers<void>();
        ring = resolve;
        await Promise.race([clock.sleep(wake - now, { signal }), rung]);
        if (clock.now() - wake > heldUpMs) await clock.sleep(tickMs, { signal });
      }
    },
  };
}

type PacketIn = Parameters<Parameters<SwitchConnection["onPacketIn"]>[0]>[0];
