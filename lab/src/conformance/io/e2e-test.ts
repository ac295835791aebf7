import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { e2eTestPath } from "../../assets/index.ts";
import { run } from "../../io/command.ts";
import { labVariable } from "../../io/daemon.ts";
import { type Lab, requireRecord } from "../../io/lab.ts";
import type { CaseResult } from "../conformance-run.ts";
import { parseListedTests } from "../listed-tests.ts";
import type { Claim } from "../select-cases.ts";
import { readSpecReport } from "../spec-report.ts";

/** Full names of all cases that `e2e.test` has of an area, such as "[sig-network]". */
export async function listCases(area: string, signal: AbortSignal): Promise<readonly string[]> {
  return parseListedTests(await run([e2eTestPath(), "--list-tests"], { signal }), area);
}

/** After how long a case counts as stuck; the slowest takes a third of it. */
const limitMinutes = 15;

/**
 * Runs one case, in a process of its own: so one that breaks leaves the others alone, and each has a
 * log. Starting `e2e.test` takes a second.
 */
export async function runCase(
  lab: Lab,
  { name, shows }: Claim,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<CaseResult> {
  mkdirSync(folder, { recursive: true });
  const stem = join(folder, fileStem(name));
  const logFile = `${stem}.log`;
  const reportFile = `${stem}.json`;
  rmSync(reportFile, { force: true });
  const began = performance.now();
  const code = await runLogged(lab, { args: caseArgs(lab, name, reportFile), logFile, signal });
  const outcome = existsSync(reportFile)
    ? readSpecReport(readFileSync(reportFile, "utf8"), name)
    : ({
        kind: "failed",
        seconds: (performance.now() - began) / 1000,
        message: `e2e.test ended with code ${code} and wrote no report`,
      } as const);
  rmSync(reportFile, { force: true }); // some megabytes, of which all is read
  return { name, shows, outcome, logFile };
}

function caseArgs(lab: Lab, name: string, reportFile: string): readonly string[] {
  return [
    `--kubeconfig=${lab.kubeconfig}`,
    `--kubectl-path=${lab.kubectlArgv([])[0]}`,
    "--provider=local",
    `--ginkgo.focus=${escapeRegExp(name)}$`, // what it is held against begins with the name of the suite
    `--ginkgo.timeout=${limitMinutes}m`,
    `--ginkgo.json-report=${reportFile}`,
    "--ginkgo.v",
    "--ginkgo.no-color",
  ];
}

/** Go's regular expressions (RE2) want a backslash before each of these. */
function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

/** A name that a folder can hold, and a person finds. */
function fileStem(name: string): string {
  return name
    .replace(/^\[sig-network\] /, "")
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 200);
}

interface LoggedRun {
  readonly args: readonly string[];
  readonly logFile: string;
  readonly signal: AbortSignal;
}

/** Runs `e2e.test`, marked as a process of the lab, so that what it starts ends with the lab. */
function runLogged(lab: Lab, { args, logFile, signal }: LoggedRun): Promise<number | null> {
  const log = openSync(logFile, "w");
  const { id } = requireRecord(lab.name).get();
  const child = spawn(e2eTestPath(), args, {
    stdio: ["ignore", log, log],
    env: { ...process.env, KUBECONFIG: lab.kubeconfig, [labVariable]: id },
    signal,
    killSignal: "SIGKILL", // the lab goes too: what it would tidy up there does not matter
  });
  closeSync(log);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
}
