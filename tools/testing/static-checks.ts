import { basename, join } from "node:path";
import { RunError, runText } from "@antrea/lab/assets";
import { repository } from "../repository.ts";
import type { Failure } from "./run-batch.ts";

interface StaticCheck {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** What mends it, where a command does. */
  readonly remedy?: string;
}

const tool = (name: string): string => join(repository, "node_modules/.bin", name);

/** What can be said of the sources without running them. */
const checks: readonly StaticCheck[] = [
  { name: "types", command: [tool("tsc"), "-p", "."] },
  { name: "lint", command: [tool("oxlint"), "--format", "unix"] },
  { name: "format", command: [tool("biome"), "format", "."], remedy: "npx biome format --write ." },
  { name: "layers", command: [process.execPath, "tools/check-layers.ts"] },
  {
    name: "manifest",
    command: [process.execPath, "deploy/generate.ts", "--check"],
    remedy: "make reference",
  },
  {
    name: "reference",
    command: [process.execPath, "tools/generate-reference.ts", "--check"],
    remedy: "make reference",
  },
];

/** Runs all checks side by side; a line for each, and what is wrong as failures. */
export async function runStaticChecks(
  write: (line: string) => void,
  signal: AbortSignal,
): Promise<{ readonly passed: number; readonly failures: readonly Failure[] }> {
  const failures = (
    await Promise.all(checks.map((check) => runCheck(check, write, signal)))
  ).filter((one) => one !== undefined);
  return { passed: checks.length - failures.length, failures };
}

async function runCheck(
  { name, command, remedy }: StaticCheck,
  write: (line: string) => void,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const [program, ...args] = command;
  const began = performance.now();
  const lines: string[] = [];
  const took = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  try {
    await runText(program, args, { cwd: repository, log: (line) => lines.push(line), signal });
    const warnings = lines.filter((line) => line.includes("[Warning")).length;
    const noted = warnings > 0 ? `, ${warnings} warnings (npx oxlint shows them)` : "";
    write(`${name}: ok in ${took()}${noted}`);
    return undefined;
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    write(`${name}: failed in ${took()}`);
    const text = lines.filter((line) => line !== "" && !line.includes("[Warning")).join("\n");
    return {
      name,
      file: [basename(program), ...args].join(" "),
      text: remedy ? `${text}\nMend it with: ${remedy}` : text,
    };
  }
}
