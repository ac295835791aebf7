import { isDeepStrictEqual } from "node:util";
import {
  type AddressGroup,
  type AppliedToGroup,
  type GroupMember,
  memberKey,
  type NetworkPolicy,
} from "@antrea/policy";
import { appliedPods, type JoinedRule, type JoinSources, joinRule } from "./join-rule.ts";
import { type LocalPod, localPods } from "./local-pods.ts";
import type { PlacedRule, RuleKey } from "./rule-keys.ts";
import { type GroupChange, type ToldGroups, toldGroups } from "./told-groups.ts";
import { type ForcedPolicy, type ToldPolicy, toldPolicies } from "./told-policies.ts";

/** Objects of one kind, as a stream of the controller tells them. */
export interface Told<T> {
  /** All there is: what is not among them is gone. */
  replace(objects: readonly T[]): void;
  put(object: T): void;
  remove(name: string): void;
}

export interface ToldMembers<T> extends Told<T> {
  /** Whether the group was there to be changed; if not, something was missed. */
  patch(
    name: string,
    change: { readonly added: readonly GroupMember[]; readonly removed: readonly GroupMember[] },
  ): boolean;
}

/** Policies and all groups that they speak of. */
export interface PolicyShare {
  readonly networkPolicies: readonly NetworkPolicy[];
  readonly addressGroups: readonly AddressGroup[];
  readonly appliedToGroups: readonly AppliedToGroup[];
}
export type ShareKind = keyof PolicyShare;

/** One object of a share, which is made when it is asked for: a group may be large. */
export type ShareEntry = {
  readonly name: string;
  /** Another one for each of its states. */
  readonly version: unknown;
} & (
  | { readonly kind: "networkPolicies"; object(): NetworkPolicy }
  | { readonly kind: "addressGroups" | "appliedToGroups"; object(): AddressGroup }
);

/** What is to be on the switch for one key. */
export interface RuleWish extends PlacedRule {
  /** Of a rule. */
  readonly rules: readonly JoinedRule[];
  /** Of what isolates. */
  readonly isolated: readonly LocalPod[];
}

/**
 * Policies, groups and Pods of this Node, joined into rules. It says which rules to look at anew, never what
 * happened to them. A policy comes into force once all of its groups are there; until then its state
 * before stays in force: half a policy may open what the whole one closes.
 */
export interface PolicyState {
  readonly networkPolicies: Told<NetworkPolicy>;
  readonly addressGroups: ToldMembers<AddressGroup>;
  readonly appliedToGroups: ToldMembers<AppliedToGroup>;
  /** Both give the rules that follow. */
  putPod(pod: LocalPod): readonly RuleKey[];
  removePod(hostName: string): readonly RuleKey[];
  /** Both undefined where nothing is to be there. */
  find(key: RuleKey): RuleWish | undefined;
  findPlace(key: RuleKey): PlacedRule | undefined;
  policies(): Iterable<ToldPolicy>;
  policy(uid: string): ToldPolicy | undefined;
  /** Policies that apply to a Pod, by what the controller told; also those that are not in force yet. */
  policiesFor(podKey: string): ReadonlySet<string>;
  /** What is in force, whole: what a later agent may begin with. */
  share(): readonly ShareEntry[];
}

export interface PolicyStateListener {
  /** These rules are to be looked at anew; called once for each change. */
  onDirty(keys: readonly RuleKey[]): void;
  /** A policy was told in another form, or is no more. */
  onWanted(uid: string): void;
  /** What is wanted of a policy came into force; told when the rules that follow from it have been. */
  onForced(policy: NetworkPolicy, keys: readonly RuleKey[]): void;
  /** Of a policy for which this is false nothing is kept. */
  readonly takes?: (policy: NetworkPolicy) => boolean;
}

export function policyState({
  onDirty,
  onWanted,
  onForced,
  takes = () => true,
}: PolicyStateListener): PolicyState {
  const policies = toldPolicies();
  const pods = localPods();
  const isHeld = (name: string): boolean => policies.usersOf(name).size > 0;
  const addressGroups = toldGroups(isHeld);
  const appliedTo = toldGroups(isHeld);
  const sources: JoinSources = {
    addressMembers: (group) => addressGroups.get(group)?.members.values() ?? [],
    appliedToMembers: (group) => appliedTo.get(group)?.members.values() ?? [],
    portsOf: (member) => pods.portsOf(memberKey(member)),
  };

  const forced: { readonly policy: NetworkPolicy; readonly keys: readonly RuleKey[] }[] = [];

  /** Puts into force what is whole; gives the rules that follow. */
  function tryForce(uid: string): readonly RuleKey[] {
    const told = policies.get(uid);
    if (!told || told.inForce?.policy === told.wanted || !isWhole(uid)) return [];
    const before = policies.force(uid);
    const after = policies.get(uid)?.inForce;
    const keys = changedPlaces(before, after);
    forgetGroups(before);
    forced.push({ policy: told.wanted, keys });
    return keys;
  }

  function forgetGroups(form: ForcedPolicy | undefined): void {
    for (const group of form?.appliedToGroups ?? []) appliedTo.forget(group);
    for (const group of form?.addressGroups ?? []) addressGroups.forget(group);
  }

  function isWhole(uid: string): boolean {
    const { appliedToGroups, addressGroups: addresses } = policies.groupsWanted(uid);
    return (
      [...appliedToGroups].every((group) => appliedTo.get(group)) &&
      [...addresses].every((group) => addressGroups.get(group))
    );
  }

  /** What is told while one list is taken in, which is one change. */
  let gathered: RuleKey[] | undefined;

  function together(body: () => void): void {
    gathered = [];
    body();
    const keys = gathered;
    gathered = undefined;
    tell(keys);
  }

  function tell(keys: Iterable<RuleKey>): readonly RuleKey[] {
    const all = [...new Set(keys)];
    if (gathered) {
      for (const key of all) gathered.push(key);
      return all;
    }
    if (all.length > 0) onDirty(all);
    for (const { policy, keys: own } of forced.splice(0)) onForced(policy, own);
    return all;
  }

  function groupChanged({ name, members, isNew }: GroupChange): void {
    const whole = isNew ? [...policies.usersOf(name)].flatMap(tryForce) : [];
    tell([...whole, ...(members.size > 0 ? policies.placesWith(name) : [])]);
  }

  function groupsOf<T extends AddressGroup | AppliedToGroup>(told: ToldGroups): ToldMembers<T> {
    return {
      replace(objects) {
        const names = new Set(objects.map(({ name }) => name));
        together(() => {
          for (const { name, members } of objects) groupChanged(told.put(name, members));
        });
        for (const { name } of told.all()) if (!names.has(name)) told.remove(name);
      },
      put: ({ name, members }) => groupChanged(told.put(name, members)),
      remove: (name) => told.remove(name),
      patch(name, { added, removed }) {
        const change = told.patch(name, added, removed);
        if (change) groupChanged(change);
        return change !== undefined;
      },
    };
  }

  function put(policy: NetworkPolicy): void {
    if (isDeepStrictEqual(policies.get(policy.uid)?.wanted, policy)) return;
    policies.want(policy);
    onWanted(policy.uid);
    tell(tryForce(policy.uid));
  }

  function remove(uid: string): void {
    const before = policies.remove(uid);
    forgetGroups(before);
    onWanted(uid);
    tell(before?.places.keys() ?? []);
  }

  function podChanged(key: string | undefined): readonly RuleKey[] {
    if (key === undefined) return [];
    return tell([...appliedTo.withMember(key)].flatMap((group) => policies.placesWith(group)));
  }

  return {
    networkPolicies: {
      replace(objects) {
        const taken = objects.filter(takes);
        const uids = new Set(taken.map(({ uid }) => uid));
        together(() => {
          for (const policy of taken) put(policy);
          for (const { wanted } of [...policies.all()])
            if (!uids.has(wanted.uid)) remove(wanted.uid);
        });
      },
      put(policy) {
        if (takes(policy)) put(policy);
      },
      remove,
    },
    addressGroups: groupsOf(addressGroups),
    appliedToGroups: groupsOf(appliedTo),
    putPod: (pod) => podChanged(pods.put(pod)),
    removePod: (hostName) => podChanged(pods.remove(hostName)),
    find(key) {
      const found = policies.findPlace(key);
      if (!found) return undefined;
      const { policy, place } = found;
      return place.kind === "rule"
        ? { ...found, rules: joinRule(policy, place.rule, sources), isolated: [] }
        : { ...found, rules: [], isolated: appliedPods(policy, place, sources) };
    },
    findPlace: policies.findPlace,
    policies: () => policies.all(),
    policy: (uid) => policies.get(uid),
    policiesFor: (podKey) =>
      new Set([...appliedTo.withMember(podKey)].flatMap((group) => policies.appliedBy(group))),
    share: () => [
      ...entriesOf("appliedToGroups", appliedTo),
      ...entriesOf("addressGroups", addressGroups),
      ...[...policies.all()].flatMap(({ inForce }) =>
        inForce ? [policyEntry(inForce.policy)] : [],
      ),
    ],
  };
}

function policyEntry(policy: NetworkPolicy): ShareEntry {
  return { kind: "networkPolicies", name: policy.uid, version: policy, object: () => policy };
}

function entriesOf(
  kind: "addressGroups" | "appliedToGroups",
  groups: ToldGroups,
): readonly ShareEntry[] {
  return [...groups.kept()].map(({ name, members, version }) => ({
    kind,
    name,
    version,
    object: () => ({ name, members: [...members.values()] }),
  }));
}

/** The parts that are asked for in another way than before, came or went. */
function changedPlaces(
  before: ForcedPolicy | undefined,
  after: ForcedPolicy | undefined,
): readonly RuleKey[] {
  const [were, are] = [before?.places ?? new Map(), after?.places ?? new Map()];
  const keys = [...new Set([...were.keys(), ...are.keys()])];
  if (!before || !after || !isDeepStrictEqual(frameOf(before.policy), frameOf(after.policy)))
    return keys;
  return keys.filter((key) => !isDeepStrictEqual(were.get(key), are.get(key)));
}

/** What of a policy all of its parts follow from. */
function frameOf({ tierPriority, priority, appliedToGroups }: NetworkPolicy) {
  return { tierPriority, priority, appliedToGroups };
}
