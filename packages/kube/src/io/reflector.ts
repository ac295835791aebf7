import { type Clock, errorText, exponentialBackOff, type Logger, type Service } from "@antrea/base";
import type { KubeClient, Selection, WatchEvent } from "../client.ts";
import { KubeError } from "../error.ts";
import type { KubeObject } from "../object.ts";
import {
  type ReflectorMachine,
  type ReflectorStep,
  reflectorMachine,
  type StoreChange,
  type WatchStep,
} from "../reflector/machine.ts";
import { type Resource, resourceName } from "../resource.ts";
import { indexedStore, type Store, type StoreWriter } from "../store.ts";
import { withDeadline } from "./deadline.ts";

export interface ReflectorOptions<T extends KubeObject, R, I extends string> {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  /**
   * Makes the small record that is kept. Undefined: not wanted. Throwing: the object is bad; it is
   * reported, and the record kept before stays. Objects are strangers' work: check what you read.
   */
  readonly project: (object: T) => R | undefined;
  readonly selection?: Selection;
  // Written out, not as Record<I, Indexer<R>>: only so does the compiler infer R from `project`.
  readonly indexes?: { readonly [K in I]: (record: R) => readonly (string | undefined)[] };
  /** Whether a change is none; by default, whether the records are deeply equal. */
  readonly equal?: (a: R, b: R) => boolean;
  readonly log: Logger;
  readonly clock: Clock;
  /** In [0, 1); for tests. */
  readonly random?: () => number;
  /** Objects a page of a list; 500 by default, 0 for all at once. */
  readonly pageSize?: number;
  /** Ask for streaming lists first; true by default. */
  readonly streaming?: boolean;
}

/** For one page, or for a whole large list where the server's pages expire. */
const listTimeoutMs = 60_000;

/** How a reflector fares, for health reports. */
export interface ReflectorHealth {
  /** Whether a watch is open; also between one that the server ended in order and the next. */
  readonly isConnected: boolean;
  /** Why requests fail, in a sentence; undefined while all is well, and for a first cut connection. */
  readonly lastError: string | undefined;
}

/**
 * Keeps a store of small records equal to the server's objects. `start` resolves when the store is
 * complete; it waits as long as the server is away. While it is away later, the store stays as it is.
 */
export interface Reflector<R, I extends string = never> extends Service {
  readonly store: Store<R, I>;
  readonly health: ReflectorHealth;
}

export function reflector<T extends KubeObject, R, I extends string = never>(
  options: ReflectorOptions<T, R, I>,
): Reflector<R, I> {
  const { resource, log, random = Math.random } = options;
  const { indexes, equal } = options;
  const name = resourceName(resource);
  const { store, writer } = indexedStore<R, I>({
    ...(indexes ? { indexes } : {}),
    ...(equal ? { equal } : {}),
    onError: (sentence) => log.error("A store's listener failed", { resource: name, sentence }),
  });
  const health = { isConnected: false, lastError: undefined as string | undefined };
  const stopped = new AbortController();
  let loop: Promise<void> | undefined;

  const shell: Shell<R> = {
    ...options,
    name,
    writer,
    health,
    machine: reflectorMachine<R>({
      project: options.project as (object: KubeObject) => R | undefined, // the server sends T
      backOff: exponentialBackOff({ firstMs: 500, maxMs: 15_000, random }),
      random,
      pageSize: options.pageSize ?? 500,
      streaming: options.streaming ?? true,
    }),
  };

  return {
    name: `reflector ${name}`,
    store,
    health,
    async start(signal) {
      loop ??= run(shell, stopped.signal);
      await Promise.race([store.waitFor(() => store.hasSynced, { signal }), loop]);
      stopped.signal.throwIfAborted();
    },
    async stop() {
      stopped.abort();
      await loop?.catch(() => {});
    },
  };
}

interface Shell<R> {
  readonly client: KubeClient;
  readonly resource: Resource;
  readonly selection?: Selection;
  readonly log: Logger;
  readonly clock: Clock;
  readonly name: string;
  readonly writer: StoreWriter<R>;
  readonly machine: ReflectorMachine<R>;
  readonly health: { isConnected: boolean; lastError: string | undefined };
}

/** Does what the machine says, one request at a time, until the signal aborts. */
async function run<R>(shell: Shell<R>, signal: AbortSignal): Promise<void> {
  const { machine, clock, log, health, name } = shell;
  while (!signal.aborted) {
    try {
      await perform(shell, machine.next(clock.now()), signal);
    } catch (cause) {
      health.isConnected = false;
      if (signal.aborted) return;
      const error = asKubeError(cause, name);
      const isRoutine = machine.failed(error, clock.now());
      if (!isRoutine) health.lastError = error.message;
      const sentence = "Lost the API server, will retry";
      log[isRoutine ? "debug" : "warn"](sentence, { resource: name, err: error });
    }
  }
}

async function perform<R>(
  shell: Shell<R>,
  step: ReflectorStep,
  signal: AbortSignal,
): Promise<void> {
  const { machine, clock, client, resource, selection } = shell;
  if (step.kind === "wait") return clock.sleep(step.ms, { signal });
  if (step.kind === "watch") return follow(shell, step.query, signal);
  const query = { ...selection, ...step.query };
  const page = await client.list(resource, query, { timeoutMs: listTimeoutMs, signal });
  for (const change of machine.page(page, clock.now())) applyChange(shell, change);
}

async function follow<R>(shell: Shell<R>, query: WatchStep, signal: AbortSignal): Promise<void> {
  const { machine, clock, health } = shell;
  const own = new AbortController(); // ends the watch also when patience is over
  const batches = shell.client
    .watch(
      shell.resource,
      { ...shell.selection, ...query },
      {
        signal: AbortSignal.any([signal, own.signal]),
      },
    )
    [Symbol.asyncIterator]();
  try {
    for (;;) {
      const batch = await patiently(shell, () => batches.next(), signal);
      if (batch.done) break;
      health.isConnected = true;
      health.lastError = undefined;
      const now = clock.now();
      for (const event of batch.value) applyChange(shell, machine.event(event, now));
    }
    machine.closed(clock.now());
  } finally {
    own.abort();
    await batches.return?.().catch(() => {});
  }
}

type Batch = IteratorResult<readonly WatchEvent[], unknown>;

/** Waits for the next events, but not beyond the machine's patience. */
function patiently<R>(
  { machine, clock, name }: Shell<R>,
  read: () => Promise<Batch>,
  signal: AbortSignal,
): Promise<Batch> {
  const due = machine.patienceMs;
  if (due === undefined) return read();
  const answer = "the streaming list fell silent before it was complete";
  const expired = (): Error => new KubeError({ code: "timeout", asked: `watch ${name}`, answer });
  const ms = Math.max(0, due - clock.now());
  return withDeadline({ clock, ms, expired, signal }, async (limit) => {
    const silence = Promise.withResolvers<never>();
    limit.addEventListener("abort", () => silence.reject(limit.reason as Error), { once: true });
    return Promise.race([read(), silence.promise]);
  });
}

function applyChange<R>({ writer, log, name }: Shell<R>, change: StoreChange<R> | undefined): void {
  if (change === undefined) return;
  if (change.kind === "put") writer.put(change.key, change.record);
  else if (change.kind === "remove") writer.remove(change.key);
  else if (change.kind === "replace") writer.replace(change.entries, change.keep);
  else log.warn("Skipped an object that could not be read", { resource: name, ...change });
}

function asKubeError(cause: unknown, name: string): KubeError {
  if (cause instanceof KubeError) return cause;
  const failure = {
    code: "unreachable",
    asked: `watch ${name}`,
    answer: errorText(cause),
  } as const;
  return new KubeError(failure, { cause });
}
