import { errorText, type Logger, type Serial, serial } from "@antrea/base";
import {
  type AttachmentRequest,
  type CniReply,
  type CniRequest,
  cniError,
  parseCniRequest,
} from "@antrea/api/cni";
import { CniFailure, type PodNetwork } from "./pod-network.ts";
import { attachmentKey, type PodInterface } from "./interface-store.ts";

/** How long one call may take, in milliseconds: less than the plugin waits, so that the reason reaches it. */
const callTimeoutMs = 25_000;

export interface CniDispatcherDeps {
  readonly network: PodNetwork;
  readonly pods: () => readonly PodInterface[];
  /** Undefined when Pods can be connected; else why they cannot yet. */
  readonly notReady: () => string | undefined;
  /** Told of each call that ended, for metrics. */
  readonly onCall: (command: string, durationMs: number, isOk: boolean) => void;
  readonly now: () => number;
  readonly log: Logger;
}

/** Answers CNI calls: one at a time for each attachment, as the specification lets a runtime expect. */
export function cniDispatcher(deps: CniDispatcherDeps): (line: string) => Promise<CniReply> {
  const { log, now, onCall } = deps;
  const lanes = new Map<string, { readonly run: Serial; users: number }>();

  async function inLane<T>(key: string, body: () => Promise<T>): Promise<T> {
    const lane = lanes.get(key) ?? { run: serial(), users: 0 };
    lanes.set(key, lane);
    lane.users++;
    try {
      return await lane.run(body);
    } finally {
      if (--lane.users === 0) lanes.delete(key);
    }
  }

  return async (line) => {
    const request = parseCniRequest(line);
    if (request.error) return { kind: "failed", error: request.error };
    const { value } = request;
    const started = now();
    try {
      const reply = await inLane(
        "containerId" in value ? attachmentKey(value) : value.command,
        () => answer(value, deps),
      );
      const tookMs = now() - started;
      onCall(value.command, tookMs, true);
      log.debug("Answered CNI call", { command: value.command, tookMs });
      return reply;
    } catch (error) {
      onCall(value.command, now() - started, false);
      log.warn("Could not answer CNI call", { command: value.command, err: error });
      return {
        kind: "failed",
        error:
          error instanceof CniFailure ? error.error : cniError("ioFailure", `${errorText(error)}.`),
      };
    }
  };
}

async function answer(
  request: CniRequest,
  { network, pods, notReady }: CniDispatcherDeps,
): Promise<CniReply> {
  const signal = AbortSignal.timeout(callTimeoutMs);
  const reason = notReady();
  switch (request.command) {
    case "ADD":
      if (reason) throw new CniFailure(cniError("tryAgainLater", reason));
      refuseForeignIpam(request);
      return { kind: "done", result: await network.add(request, { signal }) };
    case "DEL":
      await network.remove(request, { signal });
      return { kind: "done" };
    case "CHECK":
      await network.check(request);
      return { kind: "done" };
    case "STATUS":
      if (reason) throw new CniFailure(cniError("notAvailable", reason));
      return { kind: "done" };
    case "GC": {
      const valid = new Set(request.validAttachments.map(attachmentKey));
      for (const pod of pods())
        if (!valid.has(attachmentKey(pod))) await network.remove(pod, { signal });
      return { kind: "done" };
    }
  }
}

/** Addresses come from this Node's Pod CIDRs; `host-local` is what Antrea's conflist says, and means the same. */
function refuseForeignIpam({ config }: AttachmentRequest): void {
  const type = config.ipam?.["type"];
  if (type === undefined || type === "host-local" || type === "antrea") return;
  throw new CniFailure(
    cniError(
      "invalidNetworkConfig",
      `ipam.type is ${JSON.stringify(type)}; this plugin gives addresses of the Node's Pod CIDR itself and accepts "host-local" or "antrea" only.`,
    ),
  );
}
