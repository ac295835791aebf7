import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CommandError, type Lab, patience } from "@antrea/lab";
import { inAgent, timeout } from "./cluster.ts";

export interface AntctlRun {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Where a person runs antctl. */
export type AntctlPlace = "machine" | "agent" | "controller";

const bundle = fileURLToPath(new URL("../../build/antctl.mjs", import.meta.url));

/** As a person types it; where the machine is known to be slow, with more time than antctl takes by itself. */
const patient = (args: readonly string[]): readonly string[] =>
  patience() > 1 && args.length > 0 ? [timeout(60), ...args] : args;

/** Runs antctl where a person would: with a kubeconfig, or in a Pod of ours (node-1's agent). */
export async function antctl(
  lab: Lab,
  place: AntctlPlace,
  args: readonly string[],
): Promise<AntctlRun> {
  if (place === "machine") return runHere(lab, args);
  try {
    return { exitCode: 0, out: await runThere(lab, place, ["antctl", ...patient(args)]), err: "" };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const { exitCode, stdout, stderr } = error.outcome;
    return { exitCode, out: stdout, err: stderr };
  }
}

async function runThere(
  lab: Lab,
  place: "agent" | "controller",
  argv: readonly string[],
): Promise<string> {
  if (place === "agent") return inAgent(lab, "node-1", "antrea-agent", argv);
  const deployment = "deployment/antrea-controller";
  return lab.kubectl(["-n", "kube-system", "exec", deployment, "--", ...argv]);
}

function runHere(lab: Lab, args: readonly string[]): Promise<AntctlRun> {
  const env = { ...process.env, KUBECONFIG: lab.kubeconfig };
  const child = spawn(process.execPath, [bundle, ...patient(args)], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => void (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => void (err += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ exitCode: code ?? 1, out, err }));
  });
}
