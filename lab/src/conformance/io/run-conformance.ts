import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PRODUCT_VERSION } from "@antrea/api";
import type { Progress, ProgressOptions } from "@antrea/command";
import { assetSteps, runSteps } from "../../assets/index.ts";
import { LabError } from "../../errors.ts";
import type { Lab } from "../../io/lab.ts";
import { startLab } from "../../io/start-lab.ts";
import { parseCaseList } from "../case-list.ts";
import type { CaseResult, ConformanceRun, Setup } from "../conformance-run.ts";
import { type Claim, focusOn, runsAlone, selectCases, type Selection } from "../select-cases.ts";
import { listCases, runCase } from "./e2e-test.ts";

export interface ConformanceRequest {
  readonly labName: string;
  readonly setup: Setup;
  /** Runs only cases with this in their name. */
  readonly focus?: string | undefined;
  /** Whether cases that are left out are run too. */
  readonly all: boolean;
  /** How many cases run at a time. */
  readonly parallel: number;
  /** Where the logs of the cases go. */
  readonly folder: string;
  /** Whether the lab stays up afterwards. */
  readonly keep: boolean;
  readonly progress: (options: ProgressOptions) => Progress;
  readonly signal: AbortSignal;
}

/** Runs the claimed cases on a lab that is started for it, and takes that down again. */
export async function runConformance(request: ConformanceRequest): Promise<ConformanceRun> {
  const { labName, setup, keep, progress, signal } = request;
  await runSteps(assetSteps({ e2e: true }), { progress, signal });
  const selection = await select(request); // before a lab is started for nothing
  const lab = await startLab(
    { ...setup, apiReachesPods: true, name: labName },
    { progress, signal },
  );
  try {
    return await judge(lab, selection, request);
  } finally {
    if (!keep) await lab.down();
  }
}

const casesFile = new URL("../sig-network.cases", import.meta.url);

async function select({ setup, focus, all, signal }: ConformanceRequest): Promise<Selection> {
  const groups = parseCaseList(readFileSync(casesFile, "utf8"));
  const existing = await listCases("[sig-network]", signal);
  const selection = selectCases(groups, existing, setup.ipFamily);
  const chosen = focus === undefined ? selection : focusOn(selection, focus);
  if (chosen.claimed.length > 0 || (all && chosen.leftOut.length > 0)) return chosen;
  throw new LabError({
    saw: `No claimed case has "${focus}" in its name; ${chosen.leftOut.length} of those that are left out have`,
    wanted: "a case to run",
    remedy: "give another --focus; with --all, what is left out is run too",
  });
}

async function judge(
  lab: Lab,
  selection: Selection,
  request: ConformanceRequest,
): Promise<ConformanceRun> {
  const startedAt = new Date().toISOString();
  const others = request.all
    ? selection.leftOut.map(({ name, reason }) => ({ name, shows: `left out: ${reason}` }))
    : [];
  const claimed = new Set(selection.claimed.map(({ name }) => name));
  const results = await runCases(lab, [...selection.claimed, ...others], request);
  return {
    startedAt,
    finishedAt: new Date().toISOString(),
    kubernetesVersion: await serverVersion(lab),
    productVersion: PRODUCT_VERSION,
    setup: request.setup,
    focus: request.focus,
    claimed: results.filter(({ name }) => claimed.has(name)),
    forInformation: results.filter(({ name }) => !claimed.has(name)),
    leftOut: selection.leftOut,
  };
}

/** Of the API server, which may be one's own: `KUBEBUILDER_ASSETS`. */
async function serverVersion(lab: Lab): Promise<string> {
  const said = JSON.parse(await lab.kubectl(["version", "--output=json"])) as {
    readonly serverVersion: { readonly gitVersion: string };
  };
  return said.serverVersion.gitVersion.replace(/^v/, "");
}

/** Several at a time, then those that want the cluster for themselves; gives the results in the order of `cases`. */
async function runCases(
  lab: Lab,
  cases: readonly Claim[],
  { parallel, folder, progress, signal }: ConformanceRequest,
): Promise<readonly CaseResult[]> {
  const results = new Map<Claim, CaseResult>();
  const shown = progress({ total: cases.length });
  const work = async (waiting: Claim[]): Promise<void> => {
    for (let one = waiting.shift(); one; one = waiting.shift())
      results.set(one, await runShown(lab, one, shown, { folder: casesFolder, signal }));
  };
  const casesFolder = join(resolve(folder), "cases");
  const together = cases.filter(({ name }) => !runsAlone(name));
  await Promise.all(Array.from({ length: parallel }, () => work(together)));
  await work(cases.filter(({ name }) => runsAlone(name)));
  return cases.flatMap((one) => results.get(one) ?? []);
}

/** A case that failed: thrown where progress is told, and caught again. */
class CaseFailed extends Error {
  override readonly name = "CaseFailed";
}

async function runShown(
  lab: Lab,
  one: Claim,
  shown: Progress,
  options: Parameters<typeof runCase>[2],
): Promise<CaseResult> {
  let result: CaseResult | undefined;
  try {
    await shown.step(one.name.replace(/^\[sig-network\] /, ""), async () => {
      result = await runCase(lab, one, options);
      if (result.outcome.kind === "failed") throw new CaseFailed(result.outcome.message);
    });
  } catch (error) {
    if (!(error instanceof CaseFailed)) throw error;
    shown.say(`    ${error.message.split("\n")[0]?.slice(0, 300)}`);
  }
  if (!result) throw new Error(`The case "${one.name}" gave no result`);
  return result;
}
