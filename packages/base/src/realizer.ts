import { type ChangeCause, type ChangeLog, noChangeLog, sendingChange } from "./change-log.ts";
import { isEmptyChange, type KeyedChange } from "./diff.ts";
import { serial } from "./serial.ts";
import { type UnitStoreOptions, unitStore } from "./unit-store.ts";

/** A part of the world that can be read and changed: the flows of a bridge, the routes of a host. */
export interface World<V> {
  observe(options: { readonly signal?: AbortSignal | undefined }): Promise<Iterable<V>>;
  /** Applies all of `change`, or throws and leaves what it did to the next `resync`. */
  apply(change: KeyedChange<string, V>): Promise<void>;
}

/**
 * The one engine that makes the world as it should be. Owners hand in all they want; what differs
 * is applied, changes that wait together go out together, and a failure is told to the owners it
 * concerns. Start-up, restart and drift are all the same: observe, compare, apply.
 */
export interface Realizer<V> {
  /** Resolves when the world has exactly what `owner` wants; rejects with the reason if it cannot. */
  realize(owner: string, wanted: readonly V[]): Promise<void>;
  /** Lets go of all that `owner` wanted. */
  release(owner: string): Promise<void>;
  /**
   * Reads the world and puts right what differs; gives what that was. With `prune` also removes what
   * nobody wants, now and in later calls. Without it, what is not known yet is left alone.
   */
  resync(options?: {
    readonly prune?: boolean;
    readonly signal?: AbortSignal;
  }): Promise<KeyedChange<string, V>>;
  /** What would change in the world as it was seen last, did these owners want this instead. */
  preview(wishes: ReadonlyMap<string, readonly V[]>): KeyedChange<string, V>;
  /** What `owner` wants now. */
  wantedBy(owner: string): readonly V[];
  ownersOf(key: string): readonly string[];
}

/** What is wanted, and where and as what its changes are written down. */
export interface RealizerOptions<V> extends UnitStoreOptions<V> {
  /** "flow", "route" … */
  readonly kind?: string;
  /** A thing in one line, for the log of changes; its key, if not given. */
  readonly describe?: (value: V) => string;
  readonly changes?: ChangeLog | undefined;
  /**
   * Whether what is found is of another make, of which no part can be changed without the rest. Then
   * owners are told at once that their wishes are noted, and all happens in the first `resync` with
   * `prune`, as one change.
   */
  readonly isOtherMake?: (world: readonly V[]) => boolean;
}

interface Waiting {
  readonly owner: string;
  readonly since: Date;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const noChange = { add: [], modify: [], remove: [] } as const;

export function realizer<V>(options: RealizerOptions<V>, world: World<V>): Realizer<V> {
  const { kind = "entry", describe, changes = noChangeLog } = options;
  const store = unitStore(options);
  const one = serial();
  let waiting: Waiting[] = [];
  let mayPrune = false;
  let isObserved = false;
  let isHeld = false;

  async function applyPlan(
    change: KeyedChange<string, V>,
    cause: ChangeCause,
    batch: readonly Waiting[] = [],
  ): Promise<void> {
    if (isEmptyChange(change)) return;
    const since = new Map(batch.map((one) => [one.owner, one.since]));
    const sent = sendingChange(changes, change, {
      kind,
      cause,
      wantedAt: (owner) => since.get(owner),
      ownerOf: (key) => store.ownersOf(key)[0] ?? store.releasedBy(key) ?? "",
      describe: describe && ((_, value) => describe(value)),
    });
    try {
      await world.apply(change);
    } catch (error) {
      sent.refused(error);
      store.observe(await world.observe({})); // what of it happened is for the world to say
      throw error;
    }
    sent.confirmed();
    store.applied(change);
  }

  async function flush(): Promise<void> {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    try {
      if (!isObserved) await observe();
      const owners = new Set(batch.map(({ owner }) => owner));
      if (!isHeld) await applyPlan(store.plan({ owners }), "wanted", batch);
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else await flushSingly(batch);
    }
  }

  /** One bad owner must not hold up the others. */
  async function flushSingly(batch: readonly Waiting[]): Promise<void> {
    for (const one of batch) {
      try {
        await applyPlan(store.plan({ owners: [one.owner] }), "wanted", [one]);
        one.resolve();
      } catch (error) {
        one.reject(error);
      }
    }
  }

  async function observe(signal?: AbortSignal): Promise<void> {
    const found = [...(await world.observe({ signal }))];
    store.observe(found);
    isHeld = !mayPrune && (options.isOtherMake?.(found) ?? false);
    isObserved = true;
  }

  const realize = (owner: string, wanted: readonly V[]): Promise<void> => {
    store.want(owner, wanted);
    const since = changes.now();
    return new Promise((resolve, reject) => {
      waiting.push({ owner, since, resolve, reject });
      if (waiting.length === 1) void one(flush);
    });
  };

  return {
    realize,
    release: (owner) => realize(owner, []),
    resync: ({ prune = false, signal } = {}) =>
      one(async () => {
        mayPrune ||= prune;
        await observe(signal);
        const change = isHeld ? noChange : store.plan({ prune: mayPrune });
        await applyPlan(change, "found");
        return change;
      }),
    preview: (wishes) => store.preview(wishes),
    wantedBy: (owner) => store.wantedBy(owner),
    ownersOf: (key) => store.ownersOf(key),
  };
}
