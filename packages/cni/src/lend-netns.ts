import {
  type CniReply,
  type CniRequest,
  cniError,
  cniPaths,
  isNamedNetns,
  lentNetnsPath,
} from "@antrea/api/cni";
import type { PluginWorld } from "./world.ts";

/**
 * Lends the agent a namespace that it cannot open itself, for the time of the call: in its Pod it sees
 * /var/run/netns of the Node, where containerd and podman keep theirs, but neither the Node's processes
 * nor, without the right to trace them, their /proc/PID/ns/net, which `ctr run --cni` hands in. A DEL
 * needs no namespace; it takes back what a plugin lent that was killed.
 */
export async function withNetns(
  request: CniRequest,
  world: PluginWorld,
  ask: (request: CniRequest) => Promise<CniReply>,
): Promise<CniReply> {
  if (!("netns" in request)) return ask(request);
  const at = lentNetnsPath(request, request.config.antrea.netnsDir ?? cniPaths.netnsDir);
  if (request.command === "DEL") {
    world.returnNamespace(at);
    return ask(request);
  }
  if (isNamedNetns(request.netns)) return ask(request);
  world.returnNamespace(at);
  try {
    world.lendNamespace(request.netns, at);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const details = `The network namespace ${request.netns} cannot be shown to the agent at ${at}: ${reason}. It must be there, and mount(8) on the PATH.`;
    return { kind: "failed", error: cniError("interfaceFailure", details) };
  }
  try {
    return await ask({ ...request, lentNetns: at });
  } finally {
    world.returnNamespace(at);
  }
}
