import { type GroupMember, memberKey } from "@antrea/policy";

/** A group as this Node was told of it. */
export interface ToldGroup {
  readonly name: string;
  readonly members: ReadonlyMap<string, GroupMember>;
  /** Another one for each of its states. */
  readonly version: number;
}

/** What one change did to a group. */
export interface GroupChange {
  readonly name: string;
  /** The keys of members that came, went or changed. */
  readonly members: ReadonlySet<string>;
  /** It was not there before. */
  readonly isNew: boolean;
}

/** The groups of one kind. What is taken away stays for as long as somebody holds it. */
export interface ToldGroups {
  get(name: string): ToldGroup | undefined;
  /** Those that were told and not taken away. */
  all(): Iterable<ToldGroup>;
  /** Those, and what is held. */
  kept(): Iterable<ToldGroup>;
  /** The groups that have this member. */
  withMember(key: string): ReadonlySet<string>;
  put(name: string, members: readonly GroupMember[]): GroupChange;
  patch(
    name: string,
    added: readonly GroupMember[],
    removed: readonly GroupMember[],
  ): GroupChange | undefined;
  remove(name: string): void;
  /** Forgets what was taken away and is held by nobody. */
  forget(name: string): void;
}

const none: ReadonlySet<string> = new Set();

interface Group extends ToldGroup {
  readonly members: Map<string, GroupMember>;
  version: number;
}

/** `isHeld`: whether a policy in force still speaks of the group. */
export function toldGroups(isHeld: (name: string) => boolean): ToldGroups {
  const groups = new Map<string, Group>();
  const gone = new Set<string>();
  const byMember = new Map<string, Set<string>>();

  function enter(name: string, key: string): void {
    const names = byMember.get(key);
    if (names) names.add(name);
    else byMember.set(key, new Set([name]));
  }
  function leave(name: string, key: string): void {
    const names = byMember.get(key);
    names?.delete(name);
    if (names?.size === 0) byMember.delete(key);
  }

  function change(
    name: string,
    added: readonly GroupMember[],
    removed: Iterable<string>,
  ): ReadonlySet<string> {
    const group = groups.get(name);
    const members = group?.members ?? new Map<string, GroupMember>();
    const changed = new Set<string>();
    for (const key of removed) {
      if (!members.delete(key)) continue;
      leave(name, key);
      changed.add(key);
    }
    for (const member of added) {
      const key = memberKey(member);
      const before = members.get(key);
      if (before && isSameMember(before, member)) continue;
      members.set(key, member);
      enter(name, key);
      changed.add(key);
    }
    if (group && changed.size > 0) group.version += 1;
    return changed;
  }

  function forget(name: string): void {
    if (!gone.has(name) || isHeld(name)) return;
    gone.delete(name);
    for (const key of groups.get(name)?.members.keys() ?? []) leave(name, key);
    groups.delete(name);
  }

  return {
    get: (name) => groups.get(name),
    all: () => [...groups.values()].filter(({ name }) => !gone.has(name)),
    kept: () => groups.values(),
    withMember: (key) => byMember.get(key) ?? none,
    put(name, members) {
      const before = groups.get(name);
      if (!before) groups.set(name, { name, members: new Map(), version: 0 });
      gone.delete(name);
      const keys = new Set(members.map(memberKey));
      const left = [...(before?.members.keys() ?? [])].filter((key) => !keys.has(key));
      return { name, members: change(name, members, left), isNew: !before };
    },
    patch(name, added, removed) {
      if (!groups.has(name) || gone.has(name)) return undefined;
      const keys = new Set(added.map(memberKey));
      const left = removed.map(memberKey).filter((key) => !keys.has(key));
      return { name, members: change(name, added, left), isNew: false };
    },
    remove(name) {
      if (!groups.has(name)) return;
      gone.add(name);
      forget(name);
    },
    forget,
  };
}

function isSameMember(a: GroupMember, b: GroupMember): boolean {
  return (
    a.ips.length === b.ips.length &&
    a.ports.length === b.ports.length &&
    a.ips.every((ip, i) => ip === b.ips[i]) &&
    a.ports.every((port, i) => {
      const other = b.ports[i];
      return (
        port.name === other?.name && port.port === other.port && port.protocol === other.protocol
      );
    })
  );
}
