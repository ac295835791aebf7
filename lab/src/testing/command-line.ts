import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../../antrea-lab", import.meta.url));

const stateRoots = "/var/lib/antrea-lab-test-";

/**
 * A state folder of the test's own, on the disk where container images can be linked from. What
 * tests of earlier runs left, because they were killed, goes first.
 */
export async function ownStateRoot(): Promise<string> {
  await removeKilledTests();
  const root = mkdtempSync(`${stateRoots}${process.pid}-`);
  process.env["ANTREA_LAB_STATE"] = root; // for the door and for the programs started below
  return root;
}

/** Takes down the labs of test processes that are no more; a state folder names its process. */
async function removeKilledTests(): Promise<void> {
  for (const root of globSync(`${stateRoots}*-*`)) {
    const [pid] = root.slice(stateRoots.length).split("-");
    if (existsSync(`/proc/${pid}`)) continue;
    const { exitCode, stderr } = await antreaLabIn(root, "down", "--all");
    if (exitCode !== 0) throw new Error(`labs in ${root} are left by a killed test: ${stderr}`);
    rmSync(root, { recursive: true, force: true });
  }
}

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `./antrea-lab` as a person starts it, without a terminal. */
export function antreaLab(...args: readonly string[]): Promise<Ended> {
  return ended(start(args));
}

/** The same, with its labs' state in another folder. */
export function antreaLabIn(stateRoot: string, ...args: readonly string[]): Promise<Ended> {
  return ended(start(args, stateRoot));
}

function ended({ child, said }: Started): Promise<Ended> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? -1, ...said }));
  });
}

/** The same, killed without warning as soon as it has said `sentence`; gives what it said till then. */
export function killedAt(sentence: string, ...args: readonly string[]): Promise<Ended> {
  const { child, said } = start(args);
  child.stderr?.on("data", () => {
    if (said.stderr.includes(sentence)) child.kill("SIGKILL");
  });
  return ended({ child, said });
}

interface Started {
  readonly child: ChildProcess;
  /** Grows until the child has ended. */
  readonly said: { stdout: string; stderr: string };
}

function start(args: readonly string[], stateRoot = process.env["ANTREA_LAB_STATE"]): Started {
  const child = spawn(program, args, {
    env: { ...process.env, ANTREA_LAB_STATE: stateRoot },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    said.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said.stderr += chunk.toString();
  });
  return { child, said };
}
