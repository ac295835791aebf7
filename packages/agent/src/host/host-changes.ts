import {
  type ChangeCause,
  type ChangeLog,
  type KeyedChange,
  type SentChange,
  sendingChange,
  together,
} from "@antrea/base";
import { type HostChange, type HostEntries, type HostState, hostState } from "@antrea/linux";

/** Which owner an entry of the host belongs to: who wants it, or wanted it until now. */
export type EntryOwners = (part: keyof HostState, key: string) => string;

export function entryOwners(
  wanted: Iterable<readonly [string, HostEntries]>,
  formerly: ReadonlyMap<string, HostEntries>,
): EntryOwners {
  const all = [...wanted, ...formerly];
  let states: readonly (readonly [string, HostState])[] | undefined;
  return (part, key) => {
    states ??= all.map(([owner, entries]) => [owner, hostState(entries)]);
    return states.find(([, state]) => state[part].has(key))?.[0] ?? "";
  };
}

/** What each part of the host's state is called where changes are written down. */
export const hostKinds: Readonly<Record<keyof HostState, string>> = {
  links: "link",
  addresses: "address",
  routes: "route",
  neighbours: "neighbour",
  sysctls: "sysctl",
  nftTables: "nft table",
};

/** Writes down all of a change of the host, by kind and owner. */
export function sendingHostChange(
  log: ChangeLog,
  change: HostChange,
  { cause, owners }: { readonly cause: ChangeCause; readonly owners: EntryOwners },
): SentChange {
  const send = (part: keyof HostState): SentChange =>
    sendingChange(log, change[part] as KeyedChange<string, unknown>, {
      kind: hostKinds[part],
      cause,
      ownerOf: (key) => owners(part, key),
      describe: (key, value) => (part === "sysctls" ? `${key} = ${String(value)}` : key),
    });
  return together((Object.keys(hostKinds) as (keyof HostState)[]).map(send));
}
