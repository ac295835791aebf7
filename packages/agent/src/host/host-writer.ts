import { isDeepStrictEqual } from "node:util";
import { type ChangeCause, type ChangeLog, noChangeLog, serial } from "@antrea/base";
import {
  diffHost,
  type HostChange,
  type HostEntries,
  type HostNetwork,
  type HostState,
  hostState,
  isEmptyHostChange,
  type ObservedHost,
  type OffloadName,
  type Ownership,
  routeProtocol,
} from "@antrea/linux";
import type { Cidr } from "@antrea/net";
import { nodeTable } from "../policy/node/node-table.ts";
import type { DeviceOffloads } from "./device-offloads.ts";
import type { GlanceNews } from "../glance-news.ts";
import { type EntryOwners, entryOwners, sendingHostChange } from "./host-changes.ts";

/** What the host's kernel should hold, by owner, and the one who makes it so. */
export interface HostWriter {
  /**
   * Resolves when the kernel has all that every owner wants; rejects with what it would not do. To
   * `networks` no route of ours stays but those that are wanted, also before anything else may be pruned.
   */
  realize(owner: string, entries: HostEntries, networks?: readonly Cidr[]): Promise<void>;
  release(owner: string): Promise<void>;
  /**
   * Compares once more, and puts back what was changed by others; with `news` only if these or a glance
   * tell of a change, and undefined otherwise. With `prune` also removes what is left over of ours.
   */
  resync(options?: {
    readonly prune?: boolean;
    readonly news?: GlanceNews | undefined;
  }): Promise<HostChange | undefined>;
}

export interface HostWriterOptions {
  readonly network: HostNetwork;
  /** The devices that are ours alone. */
  readonly ownDevices: readonly string[];
  /** As they are meant to be now. */
  readonly offloads: () => DeviceOffloads;
  readonly changes?: ChangeLog;
  /** By owner: links and sysctls of links that come and go by other means, and must be so while they are there. */
  readonly whilePresent?: () => ReadonlyMap<string, HostEntries>;
  /** Until then what policies have on the host stays, wanted or not. */
  readonly arePoliciesKnown?: () => boolean;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
}

interface Waiting {
  readonly owner: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Joins what the owners want into one state and lets the `linux` room converge to it. Reading the
 * kernel takes a few milliseconds whatever the change, and many with a thousand peers, so owners that
 * wait together share one pass, and who wants what the kernel has confirmed costs none: whether others
 * have changed that is asked by `resync`.
 */
export function hostWriter({
  network,
  ownDevices,
  offloads,
  changes = noChangeLog,
  whilePresent = () => new Map(),
  arePoliciesKnown = () => true,
  now,
}: HostWriterOptions): HostWriter {
  const wanted = new Map<string, HostEntries>();
  const decided = new Map<string, readonly Cidr[]>();
  /** What was wanted until the pass that is to come. */
  const formerly = new Map<string, HostEntries>();
  /** What the kernel has confirmed of those owners, and of devices. */
  const confirmed = new Map<string, HostEntries>();
  let confirmedOffloads: DeviceOffloads | undefined;
  const one = serial();
  let waiting: Waiting[] = [];
  let mayPrune = false;
  /** Those that were compared last. */
  let sysctls: readonly string[] = [];

  async function converge(cause: ChangeCause): Promise<HostChange> {
    const wishedOffloads = offloads();
    setOffloads(network, wishedOffloads);
    const passing = whilePresent();
    const owners = entryOwners([...wanted, ...passing], formerly);
    formerly.clear();
    const wish = union([...wanted.values(), ...passing.values()]);
    sysctls = [...wish.sysctls.keys()];
    const owns = mayPrune
      ? ownership(ownDevices, arePoliciesKnown())
      : routesTo([...decided.values()].flat());
    const observed = await network.observe({
      sysctls,
      nftTables: new Set([...wish.nftTables.keys(), ...(owns.nftTables ?? [])]),
      wantedTables: wish.nftTables.values(),
    });
    const desired = withoutAbsent(wish, passing.values(), observed);
    const change = diffHost(observed, desired, owns);
    if (!isEmptyHostChange(change)) await apply(change, cause, owners);
    confirmedOffloads = wishedOffloads;
    return change;
  }

  async function apply(change: HostChange, cause: ChangeCause, owners: EntryOwners): Promise<void> {
    const sent = sendingHostChange(changes, change, { cause, owners });
    const { failures } = await network.apply(change);
    if (failures.length === 0) return sent.confirmed();
    const error = new AggregateError(failures, failures.map(({ message }) => message).join("; "));
    sent.refused(error);
    confirmed.clear(); // whoever asks again is tried anew
    throw error;
  }

  async function flush(): Promise<void> {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    const asked = batch.map(({ owner }) => [owner, wanted.get(owner)] as const);
    try {
      await converge("wanted");
      for (const [owner, entries] of asked)
        if (entries && wanted.has(owner)) confirmed.set(owner, entries);
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  const pass = (owner: string): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ owner, resolve, reject });
      if (waiting.length === 1) void one(flush);
    });

  const remember = (owner: string): void => {
    const entries = wanted.get(owner);
    if (entries) formerly.set(owner, entries);
  };

  return {
    realize(owner, entries, networks = []) {
      const before = wanted.get(owner);
      if (
        before !== undefined &&
        confirmed.get(owner) === before &&
        isDeepStrictEqual([before, decided.get(owner)], [entries, networks]) &&
        isDeepStrictEqual(confirmedOffloads, offloads())
      )
        return Promise.resolve();
      remember(owner);
      wanted.set(owner, entries);
      decided.set(owner, networks);
      return pass(owner);
    },
    release(owner) {
      remember(owner);
      decided.delete(owner);
      confirmed.delete(owner);
      return wanted.delete(owner) ? pass(owner) : Promise.resolve();
    },
    resync: ({ prune = false, news } = {}) =>
      one(async () => {
        mayPrune ||= prune;
        if (news && !news.take(network.glance(sysctls), now())) return undefined;
        try {
          while (waiting.length > 0) await flush(); // what is on its way there is not what others did
          return await converge("found");
        } catch (error) {
          news?.putBack();
          throw error;
        }
      }),
  };
}

export { isEmptyHostChange };

/** Changes only what differs: a device may be slow to set, and need not know how. */
function setOffloads(network: HostNetwork, offloads: DeviceOffloads): void {
  for (const [device, wish] of Object.entries(offloads)) {
    const seen = network.readOffload(device);
    const changed = Object.entries(wish).filter(
      ([name, isOn]) => seen[name as OffloadName] !== isOn,
    );
    if (changed.length > 0) network.setOffload(device, Object.fromEntries(changed));
  }
}

const ownTables = ["ip antrea", "ip6 antrea", "netdev antrea"];
const policyTable = `${nodeTable.family} ${nodeTable.name}`;

/** Routes that bear our number, addresses on our devices, neighbours that we asked for, and our tables. */
function ownership(ownDevices: readonly string[], arePoliciesKnown: boolean): Ownership {
  return {
    routes: ({ protocol }) => protocol === routeProtocol.antrea,
    addresses: ({ device, address }) => ownDevices.includes(device) && !address.startsWith("fe80:"),
    neighbours: ({ isManaged, device, state }) =>
      (isManaged ?? false) || (state === "permanent" && ownDevices.includes(device)),
    nftTables: [...ownTables, ...(arePoliciesKnown ? [policyTable] : [])],
  };
}

/** Routes that bear our number and lead to one of these networks. */
function routesTo(networks: readonly Cidr[]): Ownership {
  const all = new Set<string>(networks);
  return {
    routes: ({ protocol, destination }) =>
      protocol === routeProtocol.antrea && all.has(destination),
  };
}

/** Less the links and sysctls of `passing` that are not there. */
function withoutAbsent(
  wish: HostState,
  passing: Iterable<HostEntries>,
  observed: ObservedHost,
): HostState {
  const links = new Map(wish.links);
  const sysctls = new Map(wish.sysctls);
  for (const entries of passing) {
    for (const { name } of entries.links ?? []) if (!observed.links.has(name)) links.delete(name);
    for (const path of Object.keys(entries.sysctls ?? {}))
      if (!observed.sysctls.has(path)) sysctls.delete(path);
  }
  return { ...wish, links, sysctls };
}

function union(all: Iterable<HostEntries>) {
  const entries = [...all];
  return hostState({
    links: entries.flatMap((e) => [...(e.links ?? [])]),
    addresses: entries.flatMap((e) => [...(e.addresses ?? [])]),
    routes: entries.flatMap((e) => [...(e.routes ?? [])]),
    neighbours: entries.flatMap((e) => [...(e.neighbours ?? [])]),
    sysctls: Object.assign({}, ...entries.map((e) => e.sysctls ?? {})) as Record<string, string>,
    nftTables: entries.flatMap((e) => [...(e.nftTables ?? [])]),
  });
}
