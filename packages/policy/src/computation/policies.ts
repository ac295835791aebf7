import { compilePolicy } from "../compile/compile-policy.ts";
import { type Surroundings, tracked } from "../compile/surroundings.ts";
import type { PolicyPart } from "./policy-part.ts";
import { PolicyState } from "./policy-state.ts";
import type { PolicyRecord } from "./records.ts";
import type { Selections } from "./selections.ts";
import type { Touched } from "./touched.ts";

/** All policies, and who of them looked at what. */
export class Policies {
  readonly #byKey = new Map<string, PolicyState>();
  readonly #byUid = new Map<string, PolicyState>();
  readonly #readers = new Map<string, Set<PolicyState>>();
  readonly #touched: Touched;
  readonly #selections: Selections;
  readonly #surroundings: Surroundings;

  constructor(touched: Touched, selections: Selections, surroundings: Surroundings) {
    this.#touched = touched;
    this.#selections = selections;
    this.#surroundings = surroundings;
  }

  get count(): number {
    return this.#byUid.size;
  }

  get(uid: string): PolicyState | undefined {
    return this.#byUid.get(uid);
  }

  names(): Iterable<string> {
    return this.#byUid.keys();
  }

  /** One of the same name and another UID is another policy. */
  set(key: string, record: PolicyRecord | undefined): PolicyState | undefined {
    const known = this.#byKey.get(key);
    if (known && known.record.uid !== record?.uid) this.#remove(key, known);
    if (!record) return undefined;
    const state = this.#byKey.get(key) ?? new PolicyState(record, this.#touched.policies);
    state.record = record;
    this.#byKey.set(key, state);
    this.#byUid.set(record.uid, state);
    this.compile(state);
    return state;
  }

  readersOf(keys: Iterable<string>): ReadonlySet<PolicyState> {
    const readers = new Set<PolicyState>();
    for (const key of keys) for (const state of this.#readers.get(key) ?? []) readers.add(state);
    return readers;
  }

  compile(state: PolicyState): void {
    const { surroundings, reads } = tracked(this.#surroundings);
    const compiled = compilePolicy(state.record, surroundings);
    this.#read(state, reads);
    state.become(compiled, {
      groupsOf: (names) => this.#selections.groupsOf(names, compiled),
      onLeave: (part) => this.#loosen(part),
    });
  }

  /** The groups that it has may have no user soon. */
  #loosen({ appliedToGroups, addressGroups }: PolicyPart): void {
    this.#selections.loosen(appliedToGroups);
    this.#selections.loosen(addressGroups);
  }

  #remove(key: string, state: PolicyState): void {
    this.#read(state, nothing);
    for (const part of state.parts.values()) this.#loosen(part);
    state.retire();
    this.#byKey.delete(key);
    if (this.#byUid.get(state.record.uid) === state) this.#byUid.delete(state.record.uid);
  }

  #read(state: PolicyState, reads: ReadonlySet<string>): void {
    for (const key of state.reads) {
      const readers = this.#readers.get(key);
      readers?.delete(state);
      if (readers?.size === 0) this.#readers.delete(key);
    }
    state.reads = reads.size > 0 ? reads : nothing;
    for (const key of reads) {
      const readers = this.#readers.get(key);
      if (readers) readers.add(state);
      else this.#readers.set(key, new Set([state]));
    }
  }
}

const nothing: ReadonlySet<string> = new Set();
