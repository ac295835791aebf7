import { nodePaths } from "../../cluster/node-programs.ts";
import type { LabHost } from "../../io/lab.ts";
import { type CniCommand, pluginConfig, pluginEnv } from "../plugin-call.ts";

/** As a runtime has it under way at once. */
const atOnce = 10;

/**
 * Connects Pods by calling the plugin as a runtime does: attachments like all others, without the
 * containers that would cost most of the time and memory. Disposing disconnects them.
 */
export async function connectPods(
  node: LabHost,
  count: number,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const names = Array.from({ length: count }, (_, i) => `footprint-${i}`);
  const connected = {
    [Symbol.asyncDispose]: () =>
      inGroups(names, async (name) => {
        await node.attempt([`${nodePaths.cniBin}/antrea`], callOf("DEL", name));
        await node.attempt(["ip", "netns", "delete", name]);
      }),
  };
  try {
    await inGroups(names, async (name) => {
      await node.exec(["ip", "netns", "add", name], { signal });
      await node.exec([`${nodePaths.cniBin}/antrea`], { ...callOf("ADD", name), signal });
    });
    return connected;
  } catch (error) {
    await connected[Symbol.asyncDispose]();
    throw error;
  }
}

function callOf(command: CniCommand, name: string) {
  return { env: pluginEnv(command, name), input: pluginConfig };
}

async function inGroups(
  names: readonly string[],
  each: (name: string) => Promise<void>,
): Promise<void> {
  for (let i = 0; i < names.length; i += atOnce) {
    const outcomes = await Promise.allSettled(names.slice(i, i + atOnce).map(each));
    // only when none is under way any more, so that what follows finds all that they made
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }
}
