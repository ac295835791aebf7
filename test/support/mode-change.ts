import type { Lab } from "@antrea/lab";
import {
  eventually,
  freeze,
  type Held,
  isModeSettled,
  modeChangeOf,
  podOf,
  setAgentConfig,
} from "./cluster.ts";
import { datapathLine } from "./datapath.ts";

/** What of a ModeChange tests look at. */
export interface SeenChange {
  readonly number: number;
  readonly step: string;
  readonly to: string;
  readonly waiting: readonly { readonly nodeName: string; readonly reason: string }[];
}

export async function seenChange(lab: Lab): Promise<SeenChange> {
  const { spec, status } = await modeChangeOf(lab);
  const { number, step, to } = spec;
  const text = `${to.trafficEncapMode} ${to.tunnelType}`;
  return { number, step, to: text, waiting: status?.waiting ?? [] };
}

export function configuration(mode: string, tunnel: string): string {
  return `trafficEncapMode: ${mode}\ntunnelType: ${tunnel}\n${datapathLine}`;
}

/** Until a change is over in this way; an error also says how far it has come, and whom it waits for. */
async function untilOver(
  lab: Lab,
  what: string,
  isOver: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  try {
    await eventually(what, isOver, timeoutMs);
  } catch (cause) {
    const seen = await seenChange(lab).catch(String);
    throw new Error(`${what}: not so, ${JSON.stringify(seen)}`, { cause });
  }
}

/** Edits the ConfigMap, and nothing else. */
export async function askFor(lab: Lab, mode: string, tunnel: string): Promise<void> {
  await setAgentConfig(lab, configuration(mode, tunnel));
}

export async function untilStep(lab: Lab, what: string, steps: readonly string[]): Promise<void> {
  await untilOver(lab, what, async () => steps.includes((await seenChange(lab)).step), 60_000);
}

/** Resolves once all Nodes have this behind them. */
export async function untilDone(lab: Lab, mode: string, tunnel: string): Promise<void> {
  await untilOver(
    lab,
    `the change to ${mode} with ${tunnel} is done`,
    async () => (await seenChange(lab)).to === `${mode} ${tunnel}` && (await isModeSettled(lab)),
    180_000,
  );
}

/** Edits, and resolves with the milliseconds until all Nodes have it behind them. */
export async function switchTo(lab: Lab, mode: string, tunnel: string): Promise<number> {
  const began = performance.now();
  await askFor(lab, mode, tunnel);
  await untilDone(lab, mode, tunnel);
  return performance.now() - began;
}

/** Edits the ConfigMap to this text, and resolves with the milliseconds until all Nodes have a change behind them that came of it. */
export async function changeTo(lab: Lab, config: string): Promise<number> {
  const { number } = await seenChange(lab);
  const began = performance.now();
  await setAgentConfig(lab, config);
  await untilOver(
    lab,
    `the change to ${config.replaceAll("\n", ", ")} is done`,
    async () => (await seenChange(lab)).number > number && (await isModeSettled(lab)),
    180_000,
  );
  return performance.now() - began;
}

/** Stops a Node's agent where it is, as a machine out of memory does, until it is let go on. */
export async function freezeAgent(lab: Lab, node: string): Promise<Held> {
  const pod = await podOf(lab, node, "antrea-agent");
  return freeze(lab, node, { namespace: "kube-system", pod, container: "antrea-agent" });
}
