import { type Clock, errorText, type Logger, type Service } from "@antrea/base";
import type { Lease } from "kubernetes-types/coordination/v1.d.ts";
import type { KubeClient } from "../client.ts";
import { isKubeError } from "../error.ts";
import {
  defaultLeaseTiming,
  type LeaseMachine,
  type LeaseStep,
  type LeaseTiming,
  type LeaseWrite,
  leaseMachine,
} from "../lease/machine.ts";
import { leaseObject, observedLease } from "../lease/record.ts";
import { type ObjectName, objectKey } from "../object.ts";
import { leases } from "../resources.ts";

export interface LeaderElectionOptions {
  readonly client: KubeClient;
  readonly lease: ObjectName;
  /** Unique to this process: Pod name and uid, say. */
  readonly identity: string;
  /**
   * Runs while we lead; its signal aborts when we no longer do, and then it must end soon, because
   * the next leader begins. If it ends or throws by itself, the Lease is handed over.
   */
  readonly lead: (signal: AbortSignal, term: Term) => Promise<void>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly timing?: LeaseTiming;
}

/** A time of leading without a break. */
export interface Term {
  /**
   * Whether nobody else can have led since our last term: the Lease was not renewed in time, and was still
   * ours when the API server answered again. What was known then has grown old, and is not wrong.
   */
  readonly isUnbroken: boolean;
}

/** Takes part in an election from `start` (which does not wait to win) to `stop` (which hands over). */
export interface LeaderElection extends Service {
  readonly isLeader: boolean;
  /** Identity of who leads, as far as we know. */
  readonly holder: string | undefined;
}

/** A leader that cannot lead lets others try first. */
const failedLeadPauseMs = 5_000;
const releaseTimeoutMs = 2_000;

export function leaderElection(options: LeaderElectionOptions): LeaderElection {
  const { clock, identity, timing = defaultLeaseTiming } = options;
  const machine = leaseMachine(identity, timing);
  const stopped = new AbortController();
  let running: Promise<void> | undefined;
  return {
    name: `leader election ${objectKey(options.lease)}`,
    get isLeader() {
      return machine.isLeader(clock.now());
    },
    get holder() {
      return machine.holder;
    },
    start() {
      running ??= campaign({ ...options, timing, machine }, stopped.signal);
      return Promise.resolve();
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

interface Campaign extends LeaderElectionOptions {
  readonly timing: LeaseTiming;
  readonly machine: LeaseMachine;
  /** The Lease as last seen, for what a write must not lose. */
  before?: Lease | undefined;
}

async function campaign(state: Campaign, signal: AbortSignal): Promise<void> {
  const { machine, clock, log, lease, identity } = state;
  while (!signal.aborted) {
    await takeStep(state, signal);
    if (!machine.isLeader(clock.now())) continue;
    if (signal.aborted) return release(state);
    const { isUnbroken } = machine;
    log.info(isUnbroken ? "Leading again" : "Leading", { lease: objectKey(lease), identity });
    const isFine = await leadTerm(state, { isUnbroken }, signal);
    log.info("No longer leading", { lease: objectKey(lease), identity });
    if (!isFine) await clock.sleep(failedLeadPauseMs, { signal }).catch(() => {});
  }
}

/**
 * One term: runs `lead`, and renews beside it until it has ended. It is told to end when we no
 * longer lead or are stopped. False if it failed.
 */
async function leadTerm(state: Campaign, term: Term, signal: AbortSignal): Promise<boolean> {
  const { machine, clock, log } = state;
  const over = new AbortController();
  const ended = new AbortController();
  const end = (): void => over.abort(signal.reason);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  let isFine = true;
  const body = state
    .lead(over.signal, term)
    .catch((error: unknown) => {
      if (over.signal.aborted) return;
      isFine = false;
      log.error("Could not lead, handing over", { err: error });
    })
    .finally(() => ended.abort());
  while (!ended.signal.aborted && machine.isLeader(clock.now()))
    await takeStep(state, ended.signal);
  over.abort();
  signal.removeEventListener("abort", end);
  await body;
  await release(state);
  return isFine;
}

async function takeStep(state: Campaign, signal: AbortSignal): Promise<void> {
  const { machine, clock, log } = state;
  const step = machine.next(clock.now());
  try {
    await perform(state, step, signal);
  } catch (error) {
    if (signal.aborted) return;
    const isConflict = isKubeError(error, "conflict", "already-exists", "not-found");
    machine.failed(isConflict, clock.now());
    log[isConflict ? "debug" : "warn"]("Could not read or renew the Lease, will retry", {
      lease: objectKey(state.lease),
      err: errorText(error),
    });
  }
}

async function perform(state: Campaign, step: LeaseStep, signal: AbortSignal): Promise<void> {
  const { machine, client, clock, lease, timing } = state;
  const timeoutMs = timing.renewDeadlineMs / 2;
  switch (step.kind) {
    case "wait":
      return clock.sleep(step.ms, { signal });
    case "read":
      state.before = await client.find(leases, lease, { timeoutMs, signal });
      return machine.read(state.before && observedLease(state.before), clock.now());
    case "write":
      // once sent it is waited for: whoever stops meanwhile has to know whether he holds the Lease
      state.before = await store(state, step.write, { timeoutMs });
      return machine.written(observedLease(state.before).resourceVersion, clock.now());
  }
}

function store(
  { client, clock, lease, before }: Campaign,
  write: LeaseWrite,
  options: { readonly timeoutMs: number },
): Promise<Lease> {
  const object = leaseObject(lease, write, clock.wallTime(), before);
  return write.resourceVersion === undefined
    ? client.create(leases, object, options)
    : client.replace(leases, object, options);
}

/** Hands over at once, so that the next leader need not wait. If it fails, the Lease runs out. */
async function release(state: Campaign): Promise<void> {
  const { machine, clock, log, lease } = state;
  const write = machine.release(clock.now());
  if (write === undefined) return;
  try {
    await store(state, write, { timeoutMs: releaseTimeoutMs });
  } catch (error) {
    log.warn("Could not release the Lease; it runs out by itself", {
      lease: objectKey(lease),
      err: error,
    });
  }
}
