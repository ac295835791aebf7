import { isDeepStrictEqual } from "node:util";
import type { NodeView } from "@antrea/api";
import { type BackOff, type Clock, errorText, type Logger } from "@antrea/base";
import type { Store } from "@antrea/kube";
import type { Cidr } from "@antrea/net";
import { planRoutes, type RoutePlan, type RouteStep, stepText } from "./plan-routes.ts";
import type { RouteProvider, Wait } from "./provider.ts";

export interface KeepRoutesDeps {
  readonly provider: RouteProvider;
  readonly nodes: Pick<Store<NodeView>, "values" | "onChange">;
  readonly networks: readonly Cidr[];
  /** Says what it would do, and does nothing. */
  readonly isDryRun: boolean;
  /** Called after each look at the table. */
  readonly report: (report: RoutesReport) => void;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface RoutesReport {
  readonly isDryRun: boolean;
  /** What is still to be done; in a dry run, what would be. */
  readonly steps: readonly string[];
  readonly problems: readonly string[];
}

/** Changes of Nodes that come together are looked at together, in milliseconds. */
const gatherMs = 1_000;
/** How often the table is read without news, in milliseconds: others change it too, and clouds count requests. */
const lookMs = 60_000;

/** Keeps the table as Nodes want it, until the signal. */
export async function keepRoutes(deps: KeepRoutesDeps, signal: AbortSignal): Promise<void> {
  const { nodes, backOff, clock } = deps;
  let news = Promise.withResolvers<void>();
  const stop = nodes.onChange(() => news.resolve());
  let reported: RoutesReport | undefined;
  const report = (next: RoutesReport): void => {
    if (!isDeepStrictEqual(next, reported)) tell(deps, next);
    reported = next;
  };
  try {
    for (let failures = 0; !signal.aborted; ) {
      await clock.sleep(gatherMs, { signal });
      news = Promise.withResolvers();
      const problem = await look(deps, report, signal);
      failures = problem ? failures + 1 : 0;
      const waitMs = problem ? backOff.delayMs(failures) : lookMs;
      await Promise.race([news.promise, clock.sleep(waitMs, { signal })]);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop();
  }
}

/** Reads the table once and mends it; whether anything failed. */
async function look(
  { provider, nodes, networks, isDryRun }: KeepRoutesDeps,
  report: (report: RoutesReport) => void,
  signal: AbortSignal,
): Promise<boolean> {
  let plan: RoutePlan;
  try {
    const routes = await provider.list({ signal });
    const targetOf = provider.targetOf.bind(provider);
    plan = planRoutes({ nodes: [...nodes.values()], routes, networks, targetOf });
  } catch (error) {
    signal.throwIfAborted();
    const problem = `The table of routes could not be read: ${errorText(error)}`;
    report({ isDryRun, steps: [], problems: [problem] });
    return true;
  }
  const failed = isDryRun ? [] : await doSteps(provider, plan.steps, { signal });
  const left = isDryRun ? plan.steps : failed.map(({ step }) => step);
  report({
    isDryRun,
    steps: left.map(stepText),
    problems: [...plan.problems, ...failed.map(({ problem }) => problem)],
  });
  return failed.length > 0;
}

interface FailedStep {
  readonly step: RouteStep;
  readonly problem: string;
}

/** One after the other: clouds lock the table. What one Node's route meets does not hold up the others. */
async function doSteps(
  provider: RouteProvider,
  steps: readonly RouteStep[],
  { signal }: Wait,
): Promise<readonly FailedStep[]> {
  const failed: FailedStep[] = [];
  for (const step of steps)
    try {
      if (step.kind === "remove") await provider.remove(step.before, { signal });
      else
        await provider.put(step.route, step.kind === "replace" ? step.before : undefined, {
          signal,
        });
    } catch (error) {
      signal.throwIfAborted();
      failed.push({ step, problem: `Could not ${stepText(step)}: ${errorText(error)}` });
    }
  return failed;
}

function tell({ report, log }: KeepRoutesDeps, next: RoutesReport): void {
  const { isDryRun, steps, problems } = next;
  for (const problem of problems)
    log.warn("The network between Nodes lacks a route", { err: problem });
  if (isDryRun)
    for (const step of steps) log.info("Would change a route, were this no dry run", { step });
  report(next);
}
