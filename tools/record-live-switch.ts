/**
 * Records a change of the traffic mode under load, for the README: starts a lab of its own, lets Pods
 * talk, types the commands and keeps what they print, with the time beside it. `node
 * tools/record-live-switch.ts [--write]` prints it, and with --write puts it into README.md.
 */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { addPodRoutes, type Lab, startLab } from "@antrea/lab";
import { stderrProgress } from "@antrea/lab/assets";
import { type LoadReport, startLoad } from "../test/support/load.ts";
import { connectPods } from "../test/support/plugin-pods.ts";
import { repository } from "./repository.ts";

const talks = [
  { node: "node-1", pod: "many-1", to: "node-2", toPod: "many-1" },
  { node: "node-3", pod: "many-1", to: "node-1", toPod: "many-2" },
] as const;
const commands = [
  ["plan", "--mode", "hybrid"],
  ["set-mode", "hybrid"],
  ["set-mode", "encap", "--tunnel-type", "vxlan"],
  ["set-mode", "noEncap"],
  ["get", "modechange"],
] as const;
const begin = "<!-- recorded by tools/record-live-switch.ts -->";
const end = "<!-- end of record -->";

const signal = AbortSignal.timeout(600_000);
const request = { name: "record", nodes: 3, subnets: 2, mode: "encap", tunnel: "geneve" } as const;
const lab = await startLab(request, { progress: stderrProgress, signal });
try {
  await addPodRoutes(lab);
  for (const { name } of lab.nodes) await connectPods(lab, name, 10);
  const load = await startLoad(lab, talks, { hz: 1000, connections: 10 });
  const began = performance.now();
  const lines: string[] = [];
  for (const argv of commands) lines.push(...(await typed(lab, argv, began)), "");
  const text = [...lines, ...closing((await load.stop()).reports)].join("\n");
  process.stdout.write(`${text}\n`);
  if (process.argv.includes("--write")) writeDown(text);
} finally {
  await lab.down();
}

/** What one command prints, line by line as it comes. */
async function typed(of: Lab, argv: readonly string[], since: number): Promise<readonly string[]> {
  const at = (): string => `${((performance.now() - since) / 1000).toFixed(1)} s`.padStart(7);
  const lines = [`${at()}  $ antctl ${argv.join(" ")}`];
  const child = spawn(process.execPath, [join(repository, "build/antctl.mjs"), ...argv], {
    env: { ...process.env, KUBECONFIG: of.kubeconfig },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stderr, child.stdout])
    createInterface(stream).on("line", (line) => lines.push(`${at()}    ${line.trimEnd()}`));
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`antctl ${argv.join(" ")} ended with code ${String(code)}`);
  return lines;
}

function closing(reports: readonly LoadReport[]): readonly string[] {
  return reports.map(({ datagrams, connections, streams }, i) => {
    const { node, to } = talks[i] ?? talks[0];
    return `${node} to ${to} meanwhile: ${datagrams.sent} datagrams at 1000/s, ${datagrams.lost} lost on the way${datagrams.unread > 0 ? `, ${datagrams.unread} read too late by a program` : ""}; ${connections.opened} connections, ${connections.broken} broken; ${streams.opened} long answer of HTTP, ${streams.broken} broken`;
  });
}

function writeDown(text: string): void {
  const path = join(repository, "README.md");
  const before = readFileSync(path, "utf8");
  const [head, rest = ""] = before.split(begin);
  const [, tail] = rest.split(end);
  if (tail === undefined) throw new Error(`README.md has no lines "${begin}" and "${end}"`);
  writeFileSync(path, `${head}${begin}\n\n\`\`\`console\n${text}\n\`\`\`\n\n${end}${tail}`);
}
