import type { CompiledPolicy } from "../compile/compiled.ts";
import type { NetworkPolicy } from "../model.ts";
import type { AddressGroupState } from "./address-group.ts";
import type { AppliedToGroupState } from "./applied-to-group.ts";
import { keepRules } from "./keep-rules.ts";
import { type PartGroups, type PartNames, PolicyPart, partKey, partsOf } from "./policy-part.ts";
import type { PolicyRecord } from "./records.ts";
import { Span } from "./span.ts";

/** A policy, its parts, and the Nodes that enforce some of them. */
export class PolicyState {
  record: PolicyRecord;
  compiled: Pick<CompiledPolicy, "policy" | "problems"> | undefined;
  /** What it looked at beside its own text. */
  reads: ReadonlySet<string> = new Set();
  /** By whom they are for; that of whom the policy is for is "". */
  readonly parts = new Map<string, PolicyPart>();
  readonly span = new Span();
  readonly #touched: Set<PolicyState>;
  /** In the order of the rules; undefined until somebody asks. */
  #partsOfRules: readonly (PolicyPart | undefined)[] | undefined;
  /** What was before this event, while that may differ from what is. */
  #former: PolicyState["compiled"];
  /** It has come or gone in this event. */
  #isNews = true;
  /** Nodes that have other parts than before this event. */
  #shifted: Set<string> | undefined;

  constructor(record: PolicyRecord, touched: Set<PolicyState>) {
    this.record = record;
    this.#touched = touched;
  }

  become({ policy, problems }: CompiledPolicy, groups: GroupsByName): void {
    const before = this.compiled?.policy;
    const now = before ? { ...policy, rules: keepRules(before.rules, policy.rules) } : policy;
    this.#former ??= this.compiled;
    this.compiled = { policy: now, problems };
    this.#touched.add(this);
    if (now.rules === before?.rules && !isOther(before.appliedToGroups, policy.appliedToGroups))
      return;
    this.#partsOfRules = undefined;
    this.#take(partsOf(policy), groups);
  }

  /** Parts that are for the same groups, and speak of the same, stay as they are. */
  #take(parts: ReadonlyMap<string, PartNames>, { groupsOf, onLeave }: GroupsByName): void {
    for (const [key, names] of parts) {
      const part = this.#requirePart(key);
      if (part.has(names)) continue;
      onLeave(part);
      part.become(names, groupsOf(names));
    }
    for (const [key, part] of this.parts) {
      if (parts.has(key)) continue;
      onLeave(part);
      this.#retirePart(key);
    }
  }

  /** It is no more. */
  retire(): void {
    this.#touched.add(this);
    this.#isNews = true;
    for (const key of this.parts.keys()) this.#retirePart(key);
  }

  /** A part of it has come to the Node. */
  gain(node: string): void {
    this.span.add(node);
    this.#shift(node);
  }

  lose(node: string): void {
    this.span.delete(node);
    this.#shift(node);
  }

  /** What the Node is to have of it; the whole where it has one part. */
  objectFor(node: string): NetworkPolicy | undefined {
    if (!this.compiled || !this.span.has(node)) return undefined;
    const { policy } = this.compiled;
    if (this.parts.size === 1) return policy;
    this.#partsOfRules ??= policy.rules.map((rule) => this.parts.get(partKey(rule)));
    const parts = this.#partsOfRules;
    const isFor = (part: PolicyPart | undefined) => part?.span.has(node) === true;
    return {
      ...policy,
      appliedToGroups: isFor(this.parts.get("")) ? policy.appliedToGroups : [],
      rules: policy.rules.filter((_, i) => isFor(parts[i])),
    };
  }

  /** Ends the event. */
  settle(): PolicyChange {
    const former = this.#former;
    const shifted = this.#shifted ?? noNodes;
    const isDifferent = isOtherPolicy(former?.policy, this.compiled?.policy);
    const isNews =
      this.#isNews || isDifferent || isOther(former?.problems, this.compiled?.problems);
    this.#former = undefined;
    this.#shifted = undefined;
    this.#isNews = false;
    return { isNews, isDifferent, shifted };
  }

  #shift(node: string): void {
    this.#touched.add(this);
    if (this.parts.size === 1) return;
    this.#shifted ??= new Set();
    this.#shifted.add(node);
  }

  #requirePart(key: string): PolicyPart {
    const known = this.parts.get(key);
    if (known) return known;
    const part = new PolicyPart(this);
    this.parts.set(key, part);
    return part;
  }

  #retirePart(key: string): void {
    this.parts.get(key)?.retire();
    this.parts.delete(key);
  }
}

/** Where parts find the groups that they name. */
interface GroupsByName {
  readonly groupsOf: (names: PartNames) => PartGroups<AppliedToGroupState, AddressGroupState>;
  /** The part is about to leave some of its groups. */
  readonly onLeave: (part: PolicyPart) => void;
}

/** What one event has made of a policy. */
export interface PolicyChange {
  /** There is something to tell of it, also where no Node has it. */
  readonly isNews: boolean;
  /** Nodes that have it are to have it anew. */
  readonly isDifferent: boolean;
  /** Nodes of those that have it which are to have other parts of it. */
  readonly shifted: ReadonlySet<string>;
}

/** A policy may have a rule for each Namespace: the first difference is enough. */
function isOtherPolicy(former: NetworkPolicy | undefined, now: NetworkPolicy | undefined): boolean {
  if (!former || former === now) return false;
  if (!now) return true;
  const { rules: before, ...head } = former;
  const { rules: after, ...headNow } = now;
  if (before.length !== after.length || isOther(head, headNow)) return true;
  return before.some((rule, i) => isOther(rule, after[i]));
}

function isOther<T extends object>(former: T | undefined, now: T | undefined): boolean {
  return former !== undefined && former !== now && JSON.stringify(former) !== JSON.stringify(now);
}

const noNodes: ReadonlySet<string> = new Set();
