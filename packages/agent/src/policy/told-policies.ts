import type { NetworkPolicy } from "@antrea/policy";
import {
  addressGroupsOf,
  appliedToOf,
  type PlacedRule,
  placesOf,
  policyUidOf,
  type RuleKey,
  type RulePlace,
} from "./rule-keys.ts";

/** A policy as this Node was told of it, and the state of it that rules follow from. */
export interface ToldPolicy {
  readonly wanted: NetworkPolicy;
  /** The last one of which all groups were there; undefined while there is none. */
  readonly inForce?: ForcedPolicy | undefined;
}

/** A policy with its parts and the groups that they speak of. */
export interface ForcedPolicy extends PolicyGroups {
  readonly policy: NetworkPolicy;
  readonly places: ReadonlyMap<RuleKey, RulePlace>;
}

export interface PolicyGroups {
  readonly appliedToGroups: ReadonlySet<string>;
  readonly addressGroups: ReadonlySet<string>;
}

/** Policies by UID, and which of them speak of a group. */
export interface ToldPolicies {
  get(uid: string): ToldPolicy | undefined;
  all(): Iterable<ToldPolicy>;
  /** Those that speak of the group, in force or not yet. */
  usersOf(group: string): ReadonlySet<string>;
  /** Those that are applied to the group, in force or not yet. */
  appliedBy(group: string): readonly string[];
  /** The groups that what is wanted speaks of. */
  groupsWanted(uid: string): PolicyGroups;
  want(policy: NetworkPolicy): void;
  remove(uid: string): ForcedPolicy | undefined;
  /** What is wanted comes into force; gives what was before. */
  force(uid: string): ForcedPolicy | undefined;
  findPlace(key: RuleKey): PlacedRule | undefined;
  /** The parts in force that speak of a group. */
  placesWith(group: string): readonly RuleKey[];
}

interface Entry {
  wanted: ForcedPolicy;
  inForce?: ForcedPolicy | undefined;
}

const nobody: ReadonlySet<string> = new Set();

/** An AddressGroup and an AppliedToGroup may have one name: then parts that speak of either are looked at for both. */
export function toldPolicies(): ToldPolicies {
  const entries = new Map<string, Entry>();
  const users = new Map<string, Set<string>>();

  function use(uid: string, form: ForcedPolicy): void {
    for (const group of groupsOf(form)) {
      const uids = users.get(group);
      if (uids) uids.add(uid);
      else users.set(group, new Set([uid]));
    }
  }

  function unuse(uid: string, form: ForcedPolicy): void {
    const { wanted, inForce } = entries.get(uid) ?? {};
    for (const group of groupsOf(form)) {
      if ([wanted, inForce].some((one) => one && speaksOf(one, group))) continue;
      const uids = users.get(group);
      uids?.delete(uid);
      if (uids?.size === 0) users.delete(group);
    }
  }

  return {
    get(uid) {
      const entry = entries.get(uid);
      return entry && { wanted: entry.wanted.policy, inForce: entry.inForce };
    },
    *all() {
      for (const { wanted, inForce } of entries.values()) yield { wanted: wanted.policy, inForce };
    },
    usersOf: (group) => users.get(group) ?? nobody,
    appliedBy: (group) =>
      [...(users.get(group) ?? nobody)].filter((uid) => {
        const { wanted, inForce } = entries.get(uid) ?? {};
        return wanted?.appliedToGroups.has(group) || inForce?.appliedToGroups.has(group);
      }),
    groupsWanted: (uid) =>
      entries.get(uid)?.wanted ?? { appliedToGroups: nobody, addressGroups: nobody },
    want(policy) {
      const form = formOf(policy);
      const before = entries.get(policy.uid);
      entries.set(policy.uid, { wanted: form, inForce: before?.inForce });
      use(policy.uid, form);
      if (before) unuse(policy.uid, before.wanted);
    },
    remove(uid) {
      const entry = entries.get(uid);
      entries.delete(uid);
      for (const form of [entry?.wanted, entry?.inForce]) if (form) unuse(uid, form);
      return entry?.inForce;
    },
    force(uid) {
      const entry = entries.get(uid);
      if (!entry) return undefined;
      const before = entry.inForce;
      entry.inForce = entry.wanted;
      if (before && before !== entry.wanted) unuse(uid, before);
      return before;
    },
    findPlace(key) {
      const form = entries.get(policyUidOf(key))?.inForce;
      const place = form?.places.get(key);
      return form && place && { policy: form.policy, place };
    },
    placesWith(group) {
      return [...(users.get(group) ?? nobody)].flatMap((uid) => {
        const form = entries.get(uid)?.inForce;
        return form ? keysWith(form, group) : [];
      });
    },
  };
}

function formOf(policy: NetworkPolicy): ForcedPolicy {
  const places = placesOf(policy);
  const all = [...places.values()];
  return {
    policy,
    places,
    appliedToGroups: new Set(all.flatMap((place) => appliedToOf(policy, place))),
    addressGroups: new Set(all.flatMap(addressGroupsOf)),
  };
}

function* groupsOf({ appliedToGroups, addressGroups }: ForcedPolicy): Iterable<string> {
  yield* appliedToGroups;
  yield* addressGroups;
}

function speaksOf(form: ForcedPolicy, group: string): boolean {
  return form.appliedToGroups.has(group) || form.addressGroups.has(group);
}

function keysWith({ policy, places }: ForcedPolicy, group: string): readonly RuleKey[] {
  return [...places].flatMap(([key, place]) =>
    appliedToOf(policy, place).includes(group) || addressGroupsOf(place).includes(group)
      ? [key]
      : [],
  );
}
