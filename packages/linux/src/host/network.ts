import type { IpAddress, IpPacket, MacAddress } from "@antrea/net";
import type { HostChange, ObservedHost, Ownership } from "./diff.ts";
import type { EchoRequest, EchoResult } from "./echo.ts";
import type { HostError } from "./error.ts";
import type { HostEvent, WatchedKind } from "./event.ts";
import type { OffloadName, Offloads } from "./offload.ts";
import type { PodMtuSpec } from "./pod-mtu.ts";
import type { PodVeth, PodVethSpec } from "./pod-veth.ts";
import type { NftTable } from "../nft/table.ts";
import type { DeviceFrames, ReceiveModeration } from "./receive-moderation.ts";
import type { ResolvedRoute } from "./resolution.ts";
import type { HostState, Neighbour } from "./state.ts";

/**
 * The network of one namespace's kernel: read, and brought to what it should be. Methods without a
 * promise are synchronous and take from microseconds to a few milliseconds. Refusals are HostErrors.
 */
export interface HostNetwork {
  observe(options?: ObserveOptions): Promise<ObservedHost>;
  /**
   * A text that is another one after any change of the ruleset or of these sysctls, of which the kernel
   * tells nobody: a hundred of them cost less than one of a hundred routes.
   */
  glance(sysctls: Iterable<string>): string;
  /** Does the change in `planHost`'s order. */
  apply(change: HostChange, options?: Abortable): Promise<HostOutcome>;
  /** Observes what the wish speaks of, and applies the difference. A second call finds none. */
  converge(wish: Wish, options?: Abortable): Promise<HostOutcome & { readonly change: HostChange }>;
  /** Tells of changes from the moment of the call until the signal: watch first, then observe. */
  watch(onEvent: (event: HostEvent) => void, options: WatchOptions): void;

  /** Which way the kernel would send a packet; undefined if no route leads to `destination`. */
  resolveRoute(destination: IpAddress): ResolvedRoute | undefined;
  /** What the kernel knows of a neighbour, without asking. */
  neighbourOf(device: string, address: IpAddress): Neighbour | undefined;
  /** Makes the kernel ask for the neighbour, or confirm what it has; watch for the answer. */
  solicitNeighbour(device: string, address: IpAddress): void;
  /** The neighbour's address: what is known, or else the answer to a solicitation. */
  resolveNeighbour(
    device: string,
    address: IpAddress,
    options: { readonly signal: AbortSignal },
  ): Promise<MacAddress>;

  createPodVeth(spec: PodVethSpec): PodVeth;
  /** The halves of `createPodVeth`, so that a switch can open the Node's end during the second. */
  bearPodVeth(spec: PodVethSpec): void;
  readyPodVeth(spec: PodVethSpec): PodVeth;
  /**
   * Brings a running Pod's link, both ends, and its connected and default routes to its MTU, without a
   * packet lost; gives how many steps it took.
   */
  fitPodMtu(spec: PodMtuSpec): number;
  /** Sets a device up where it is not, and tells whether it can send: not only that it is up. */
  bringUp(device: string): boolean;
  /** The devices that `createPodVeth` has hidden from the kernel's stack. */
  isolatedDevices(): ReadonlySet<string>;
  /** Hides a device from the kernel's stack once more: somebody flushed the ruleset. */
  isolateDevice(device: string): void;
  /** Ends that: for a kernel's bridge, which takes frames after the place where they are hidden. */
  showDevice(device: string): void;
  /** Gives the names of those that were there. Many cost no more than one. */
  deletePodVeths(hostNames: readonly string[]): Promise<readonly string[]>;
  readOffload(device: string): Readonly<Record<OffloadName, boolean>>;
  setOffload(device: string, wish: Offloads): void;
  setReceiveModeration(device: string, wish: ReceiveModeration): void;
  /** What each device has carried since it was made. */
  deviceFrames(): ReadonlyMap<string, DeviceFrames>;

  /** What waits for the programs that read a device by packet sockets, as Open vSwitch's user space does; bytes. */
  unreadBytes(device: string): number;

  icmpEcho(request: EchoRequest, options: { readonly signal: AbortSignal }): Promise<EchoResult>;
  /**
   * Sends packets that nobody is to take, and gives those that the kernel of their destination refused
   * within a second: they have arrived, and its answer came back. It needs CAP_NET_RAW.
   */
  refusedPackets<P extends IpPacket>(
    packets: readonly P[],
    options: { readonly signal: AbortSignal },
  ): Promise<ReadonlySet<P>>;
}

export interface Abortable {
  readonly signal?: AbortSignal;
}

export interface ObserveOptions extends Abortable {
  /** Paths of the sysctls to read; the others are not looked at. */
  readonly sysctls?: Iterable<string>;
  /** Keys of the nftables tables to read. */
  readonly nftTables?: Iterable<string>;
  /** Tables as they should be: a rule of theirs that was made to do something else is shown as altered. */
  readonly wantedTables?: Iterable<NftTable>;
}

export interface HostOutcome {
  /** How many steps were done. */
  readonly applied: number;
  /** One for each step that was not; the steps after it were tried all the same. */
  readonly failures: readonly HostError[];
}

export interface Wish {
  readonly desired: HostState;
  readonly owns: Ownership;
}

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** All, if not given. */
  readonly kinds?: readonly WatchedKind[];
  /** What the kernel keeps for us while we are busy; beyond it news are lost and `resync` says so. */
  readonly bufferBytes?: number;
}
