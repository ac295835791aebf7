import { spawn } from "node:child_process";
import { once } from "node:events";
import { inNamespaces } from "../../io/enter.ts";
import { waitFor } from "../../io/wait.ts";
import type { NamespaceFiles } from "../../plan/lab-plan.ts";
import { type CapturedPacket, readPcap } from "../pcap.ts";

export interface CaptureOptions {
  /** A device of the namespace; "any" for all of them. */
  readonly device?: string;
  /** pcap-filter(7) */
  readonly filter?: string;
  readonly signal?: AbortSignal | undefined;
}

/** A capture that runs. */
export interface Capture extends AsyncDisposable {
  /** Everything seen until now; the capture goes on. */
  seen(): readonly CapturedPacket[];
  /** Ends the capture and gives everything seen. */
  stop(): Promise<readonly CapturedPacket[]>;
}

/** Starts tcpdump and gives the capture once it sees packets. */
export async function startCapture(
  namespaces: NamespaceFiles,
  { device = "any", filter = "", signal }: CaptureOptions = {},
): Promise<Capture> {
  const [program, ...args] = inNamespaces({ net: namespaces.net }, [
    "tcpdump",
    ...["-i", device, "-w", "-", "-U", "--immediate-mode", "-s", "256", "-Z", "root"],
    ...(filter === "" ? [] : [filter]),
  ]);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], signal });
  child.on("error", () => {}); // an abort; the exit is awaited below
  const ended = once(child, "close");
  ended.catch(() => {});
  const chunks: Buffer[] = [];
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const seen = () => readPcap(Buffer.concat(chunks));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGINT");
    await ended;
    return seen();
  };
  await waitFor(
    () => {
      if (child.exitCode !== null) throw new Error(`tcpdump ended: ${said.trim()}`);
      return said.includes("listening on") ? true : undefined;
    },
    {
      what: `tcpdump to listen on ${device}`,
      timeoutMs: 10_000,
      everyMs: 5,
      remedy: "is tcpdump installed? make install",
      signal,
    },
  );
  return { seen, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}
