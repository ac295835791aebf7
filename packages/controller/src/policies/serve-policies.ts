import {
  type BackOff,
  type Clock,
  isAbort,
  type Logger,
  reconcileWorker,
  taskGroup,
  untilAborted,
} from "@antrea/base";
import { defaultLeaseTiming, type KubeClient, type Store } from "@antrea/kube";
import { type Reflector, reflector } from "@antrea/kube/io";
import { type PolicyComputation, policyComputation } from "@antrea/policy";
import type { NodeReport } from "@antrea/policy/controlplane";
import { type Dissemination, dissemination } from "../controlplane/dissemination.ts";
import { type Feed, feed } from "./feed.ts";
import { offered, offeredAtLast } from "./offered.ts";
import { type PolicyInput, policyInputs, type Watched } from "./source.ts";
import { statusReconciler } from "./status-reconciler.ts";
import { type PolicyProgress, statuses } from "./statuses.ts";

export interface PolicyDeps {
  readonly client: KubeClient;
  /** Kinds that every controller watches. */
  readonly watched: readonly Watched[];
  /** Kinds of others that are looked at where the cluster has them. */
  readonly optional: readonly PolicyInput[];
  /** Who counts events: another word each time that somebody leads. */
  readonly counter: string;
  readonly onConfirmed: (tookMs: number) => void;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Policies as the leader has computed them. */
export interface PolicyShare {
  readonly computation: PolicyComputation;
  readonly dissemination: Dissemination;
  take(report: NodeReport): void;
  progress(uid: string): PolicyProgress | undefined;
}

/** A Node that is this far behind is cut off, and lists anew. */
const mostBufferedBytes = 8 << 20;
/** Well below the silence after which a connection counts as dead. */
const beatMs = 15_000;
/** How long what Nodes say is gathered before it is written. */
const gatherMs = 150;
/** How often it is looked for kinds that the cluster lacked. */
const lookMs = 30_000;
/** How long Nodes have to come to a new leader before what they told the last one counts no more. */
const patienceMs = 60_000;

/**
 * Who leads has no Lease from its renewal's deadline on, and others may begin this much later, in milliseconds.
 * Nodes that still hear of us then are sent to whoever leads.
 */
const graceMs = defaultLeaseTiming.durationMs - defaultLeaseTiming.renewDeadlineMs;

/** The policies of the cluster: computed, and told to Nodes in terms, between which what is known is kept. */
export interface PolicyServing {
  /**
   * One term: tells Nodes until the signal aborts. `onShare` is called once everything that the API server
   * has is computed, never before: what is not known yet would look as if it were gone; and with nothing
   * before all ends, so that nobody is told of what is not kept up to date any more.
   *
   * Who watches hears nothing between two terms, and is cut off where the next one does not begin soon. A
   * later term of the same serving is for who knows that nobody else led in between: Nodes would go back in
   * time otherwise. After an error there is none.
   */
  lead(onShare: (share: PolicyShare | undefined) => void, signal: AbortSignal): Promise<void>;
  /** Ends all, and forgets it. */
  close(): Promise<void>;
}

export function policyServing(deps: PolicyDeps): PolicyServing {
  const { counter, clock, log } = deps;
  const computation = policyComputation();
  const told = dissemination({
    ...{ computation, counter, mostBufferedBytes },
    onSlow: (stream, node) =>
      log.warn("Cut off who reads too slowly", { stream, node: node ?? "" }),
  });
  const dirty = new Set<string>();
  const made = statuses(
    computation.networkPolicies,
    { onChange: (uid) => void dirty.add(uid), onConfirmed: deps.onConfirmed },
    clock.now,
  );
  const input = feed(told.tell);
  const sources: Source[] = [];
  const unfollow: (() => void)[] = [];
  let cutting = new AbortController();

  /** What was begun in a term before goes on. */
  async function learn(signal: AbortSignal): Promise<void> {
    if (sources.length === 0) {
      const kinds = [...policyInputs, ...(await offeredAtLast(deps, signal))];
      sources.push(...kinds.map((kind) => open(deps, kind)));
    }
    await Promise.all(sources.map(({ source }) => source.start(signal)));
    await Promise.all(deps.watched.map(({ store }) => synced(store, signal)));
    if (unfollow.length === 0)
      unfollow.push(
        ...sources.map(({ kind, source }) => input.follow(kind, source.store)),
        ...deps.watched.map((one) => input.follow(one.input, one.store)),
      );
    input.flush();
    for (const uid of computation.networkPolicies.names()) dirty.add(uid); // the term before may have ended before it wrote
  }

  function cutLater(): void {
    cutting = new AbortController();
    onceAfter(clock, graceMs, told.cutAll, cutting.signal).catch(() => {}); // another term began
  }

  return {
    async lead(onShare, signal) {
      const tasks = taskGroup();
      try {
        await learn(signal);
        cutting.abort();
        const { pods, networkPolicies } = computation.counts();
        log.info("Computed the policies of the cluster", { pods, policies: networkPolicies });
        onShare({ computation, dissemination: told, take: made.take, progress: made.progress });
        tasks.run("policy feed", input.run);
        tasks.run("beats", (end) => every(clock, beatMs, told.beat, end));
        tasks.run("policy status", (end) => writeStatuses(deps, computation, made, dirty, end));
        tasks.run("patience", (end) => onceAfter(clock, patienceMs, made.hearAll, end));
        tasks.run("more kinds", (end) => lookForKinds(deps, sources, input, end));
        await Promise.race([untilAborted(signal), tasks.failed]);
      } finally {
        onShare(undefined);
        cutLater();
        await tasks.close();
      }
    },
    async close() {
      cutting.abort();
      for (const stop of unfollow) stop();
      told.close();
      made.stop();
      await Promise.all(sources.map(({ source }) => source.stop()));
    },
  };
}

function synced(store: Store<object>, signal: AbortSignal): Promise<true> {
  return store.waitFor(() => store.hasSynced || undefined, { signal });
}

interface Source {
  readonly kind: PolicyInput;
  readonly source: Reflector<object>;
}

function open({ client, clock, log }: PolicyDeps, kind: PolicyInput): Source {
  const { resource, project } = kind;
  return { kind, source: reflector<object, object>({ client, resource, project, clock, log }) };
}

async function lookForKinds(
  deps: PolicyDeps,
  sources: Source[],
  input: Feed,
  signal: AbortSignal,
): Promise<void> {
  await every(
    deps.clock,
    lookMs,
    async () => {
      const known = new Set(sources.map(({ kind }) => kind));
      const found = await offered(deps, signal).catch(() => []); // it is looked again
      for (const kind of found.filter((one) => !known.has(one))) {
        const one = open(deps, kind);
        sources.push(one);
        await one.source.start(signal);
        input.follow(kind, one.source.store);
      }
    },
    signal,
  );
}

async function writeStatuses(
  deps: PolicyDeps,
  { problems }: PolicyComputation,
  made: Pick<PolicyShare, "progress">,
  dirty: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  const worker = reconcileWorker(
    statusReconciler({ statuses: made, problems, client: deps.client, clock: deps.clock }),
    { ...deps, concurrency: 4 },
  );
  const gathering = every(
    deps.clock,
    gatherMs,
    () => {
      for (const uid of dirty) worker.add(uid);
      dirty.clear();
    },
    signal,
  );
  await Promise.all([gathering, worker.run(signal)]);
}

async function onceAfter(
  clock: Clock,
  ms: number,
  body: () => void,
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(ms, { signal });
  body();
}

async function every(
  clock: Clock,
  ms: number,
  body: () => void | Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(ms, { signal });
      await body();
    }
  } catch (error) {
    if (!isAbort(error)) throw error;
  }
}
