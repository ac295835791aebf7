import {
  type AttachmentRequest,
  type CniReply,
  type CniRequest,
  cniError,
  cniPaths,
  formatCniRequest,
  parseCniReply,
  pendingDelPath,
} from "@antrea/api/cni";
import type { PluginWorld, UnixAnswer } from "./world.ts";

/** Longer than the agent's own limit for one request, so that its reason arrives and not this one. */
const defaultTimeoutMs = 60_000;

/**
 * How long an ADD waits for an agent that does not listen yet: a Node is young, or its agent is being
 * replaced. A kubelet that is refused tries again only after 10 to 20 s.
 */
const defaultPatienceMs = 15_000;
const askAgainMs = 100;

/**
 * Lets the agent do what the runtime asks. While the agent is away an ADD waits a while; then it, and
 * CHECK, GC and STATUS at once, say so. A DEL leaves word for it and succeeds, since the runtime gives
 * up a container that it cannot delete.
 */
export async function askAgent(request: CniRequest, world: PluginWorld): Promise<CniReply> {
  const answer = await (request.command === "ADD" ? sendPatiently : send)(request, world);
  if (answer.kind !== "absent") return replyOf(request, answer);
  return request.command === "DEL"
    ? leaveWord(request, answer.reason, world)
    : failed(
        request.command === "STATUS" ? "notAvailable" : "tryAgainLater",
        absence(request, answer.reason),
      );
}

/**
 * Writes down the DEL, then asks once more. The agent reads what was written after it has begun to
 * listen: so either it finds the file, or this second question reaches it.
 */
async function leaveWord(
  request: AttachmentRequest,
  reason: string,
  world: PluginWorld,
): Promise<CniReply> {
  const path = pendingDelPath(request, pendingDelDir(request));
  try {
    world.writeFile(path, formatCniRequest(request));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return failed(
      "tryAgainLater",
      `${absence(request, reason)} The DEL could not be written down either: ${path}: ${problem}.`,
    );
  }
  const second = await send(request, world);
  if (second.kind === "absent") return { kind: "done" };
  world.removeFile(path);
  return replyOf(request, second);
}

function replyOf(request: CniRequest, answer: Exclude<UnixAnswer, { kind: "absent" }>): CniReply {
  return answer.kind === "line"
    ? parseCniReply(answer.line)
    : failed("tryAgainLater", silence(request));
}

/** What an agent took and did not answer is not asked again: nobody knows how far it came. */
async function sendPatiently(request: CniRequest, world: PluginWorld): Promise<UnixAnswer> {
  const { patienceMs = defaultPatienceMs } = request.config.antrea;
  for (let waited = 0; ; waited += askAgainMs) {
    const answer = await send(request, world);
    if (answer.kind !== "absent" || !answer.mayCome || waited >= patienceMs) return answer;
    await world.sleep(askAgainMs);
  }
}

function send(request: CniRequest, world: PluginWorld): UnixAnswer | Promise<UnixAnswer> {
  const { timeoutMs = defaultTimeoutMs } = request.config.antrea;
  return world.unixRequest(socketPath(request), formatCniRequest(request), timeoutMs);
}

function socketPath({ config }: CniRequest): string {
  return config.antrea.socketPath ?? cniPaths.socket;
}

function pendingDelDir({ config }: CniRequest): string {
  return config.antrea.pendingDelDir ?? cniPaths.pendingDelDir;
}

function absence(request: CniRequest, reason: string): string {
  return (
    `The Antrea agent of this Node does not answer on ${socketPath(request)}: ${reason}. ` +
    `Look at its Pod: kubectl -n kube-system get pods -l component=antrea-agent -o wide.`
  );
}

function silence(request: CniRequest): string {
  const { timeoutMs = defaultTimeoutMs } = request.config.antrea;
  return `The Antrea agent of this Node took the ${request.command} but has not answered for ${timeoutMs / 1000} s.`;
}

function failed(name: Parameters<typeof cniError>[0], details: string): CniReply {
  return { kind: "failed", error: cniError(name, details) };
}
