import { type ChangeCause, type ChangeLog, noChangeLog, sendingChange } from "./change-log.ts";
import { isEmptyChange, type KeyedChange } from "./diff.ts";
import { serial } from "./serial.ts";
import { type PlanOptions, type UnitStoreOptions, unitStore } from "./unit-store.ts";

/** A part of the world that can be read and changed: the flows of a bridge, the routes of a host. */
export interface World<V> {
  observe(options: { readonly signal?: AbortSignal | undefined }): Promise<Iterable<V>>;
  /** Applies all of `change`, or throws and leaves what it did to the next `resync`. */
  apply(change: KeyedChange<string, V>): Promise<void>;
  /**
   * Of a world in which a refused change does nothing at all: the keys of what it refused; none where that
   * is not why it failed.
   */
  refusedIn?(error: unknown): readonly string[];
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
   * nobody wants, now and in later calls. Without it, what is not known yet is left alone. An owner whose
   * part the world refuses holds up nobody else.
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
  /** Told of an owner whose part a `resync` left out, since the world refuses it. */
  readonly onRefused?: ((owner: string, error: unknown) => void) | undefined;
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
  const { kind = "entry", describe, changes = noChangeLog, onRefused } = options;
  const store = unitStore(options);
  const refusedIn = (error: unknown): readonly string[] => world.refusedIn?.(error) ?? [];
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
      ownerOf: (key) => concernedBy(key)[0] ?? "",
      describe: describe && ((_, value) => describe(value)),
    });
    try {
      await world.apply(change);
    } catch (error) {
      sent.refused(error);
      // what of it happened is for the world to say
      if (refusedIn(error).length === 0) store.observe(await world.observe({}));
      throw error;
    }
    sent.confirmed();
    store.applied(change);
  }

  function concernedBy(key: string): readonly string[] {
    const owners = store.ownersOf(key);
    return owners.length > 0 ? owners : store.releasersOf(key);
  }

  /**
   * Applies as one all that the world takes; those whose part it refuses keep what they have. Gives them,
   * and what was applied.
   */
  async function applyMost(
    options: Omit<PlanOptions, "without">,
    cause: ChangeCause,
    batch: readonly Waiting[] = [],
  ) {
    const refused = new Map<string, unknown>();
    for (;;) {
      const change = store.plan({ ...options, without: refused });
      try {
        await applyPlan(change, cause, batch);
        return { change, refused };
      } catch (error) {
        const guilty = refusedIn(error)
          .flatMap(concernedBy)
          .filter((owner) => !refused.has(owner));
        if (guilty.length === 0) throw error;
        for (const owner of guilty) refused.set(owner, error);
      }
    }
  }

  async function flush(): Promise<void> {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    try {
      if (!isObserved) await observe();
      const owners = new Set(batch.map(({ owner }) => owner));
      const refused = isHeld ? undefined : (await applyMost({ owners }, "wanted", batch)).refused;
      for (const { owner, resolve, reject } of batch)
        if (refused?.has(owner)) reject(refused.get(owner));
        else resolve();
    } catch (error) {
      if (batch.length === 1 || world.refusedIn) for (const { reject } of batch) reject(error);
      else await flushSingly(batch);
    }
  }

  /** One bad owner must not hold up the others, where the world does not tell who that is. */
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
        if (isHeld) return noChange;
        while (waiting.length > 0) await flush(); // what is on its way there is not what others did
        const { change, refused } = await applyMost({ prune: mayPrune }, "found");
        for (const [owner, error] of refused) onRefused?.(owner, error);
        return change;
      }),
    preview: (wishes) => store.preview(wishes),
    wantedBy: (owner) => store.wantedBy(owner),
    ownersOf: (key) => store.ownersOf(key),
  };
}
