import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../../antrea-lab", import.meta.url));

/** A state folder of the test's own, on the disk where container images can be linked from. */
export function ownStateRoot(): string {
  const root = mkdtempSync("/var/lib/antrea-lab-test-");
  process.env["ANTREA_LAB_STATE"] = root; // for the door and for the programs started below
  return root;
}

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `./antrea-lab` as a person starts it, without a terminal. */
export function antreaLab(...args: readonly string[]): Promise<Ended> {
  const { child, said } = start(args);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? -1, ...said }));
  });
}

/** The same, killed without warning as soon as it has said `sentence`; gives what it said till then. */
export function killedAt(sentence: string, ...args: readonly string[]): Promise<Ended> {
  const { child, said } = start(args);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.stderr?.on("data", () => {
      if (said.stderr.includes(sentence)) child.kill("SIGKILL");
    });
    child.on("close", (code) => resolve({ exitCode: code ?? -1, ...said }));
  });
}

function start(args: readonly string[]): {
  child: ChildProcess;
  said: { stdout: string; stderr: string };
} {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    said.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said.stderr += chunk.toString();
  });
  return { child, said };
}
