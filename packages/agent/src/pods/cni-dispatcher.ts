import {
  type AttachmentKey,
  type AttachmentRequest,
  type CniReply,
  type CniRequest,
  cniError,
  parseCniRequest,
} from "@antrea/api/cni";
import { errorText, type Logger, type Serial, serial } from "@antrea/base";
import { CniFailure } from "./cni-failure.ts";
import { attachmentKey, type PodInterface } from "./interface-store.ts";
import type { PendingDels } from "./io/pending-dels.ts";
import type { PodNetwork } from "./pod-network.ts";

/** How long one call may take, in milliseconds: less than the plugin waits, so that the reason reaches it. */
const callTimeoutMs = 25_000;

export interface CniDispatcherDeps {
  readonly network: PodNetwork;
  readonly pods: () => readonly PodInterface[];
  readonly pending: PendingDels;
  /** Undefined when Pods can be connected; else why they cannot yet. */
  readonly notReady: () => NotReady | undefined;
  /** Told of each call that ended, for metrics. */
  readonly onCall: (command: string, durationMs: number, isOk: boolean) => void;
  readonly now: () => number;
  readonly log: Logger;
}

/** Why no Pod can be connected now. */
export interface NotReady {
  /** A sentence. */
  readonly reason: string;
  /** Whether Pods that are connected may be cut off too. */
  readonly concernsAll: boolean;
}

export interface CniDispatcher {
  /** Answers one call; never rejects. */
  answer(line: string): Promise<CniReply>;
  /** Does the DELs that came while no agent listened. */
  removePending(): Promise<void>;
}

/** Answers CNI calls: one at a time for each attachment, as the specification lets a runtime expect. */
export function cniDispatcher(deps: CniDispatcherDeps): CniDispatcher {
  const { log, now, onCall, network, pods, pending, notReady } = deps;
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

  /** In the attachment's lane: a DEL of it that is under way goes first. */
  function remove(attachment: AttachmentKey): Promise<void> {
    const signal = AbortSignal.timeout(callTimeoutMs);
    return inLane(attachmentKey(attachment), () => network.remove(attachment, { signal }));
  }

  async function removePending(): Promise<void> {
    const removed = pending.read().map(async (request) => {
      await remove(request);
      pending.take(request);
    });
    await Promise.all(removed);
  }

  async function add(request: AttachmentRequest): Promise<CniReply> {
    refuseForeignIpam(request);
    const wasDeleted = pending.take(request); // now, before a look at the folder takes it for a DEL of this ADD
    return inLane(attachmentKey(request), async () => {
      const signal = AbortSignal.timeout(callTimeoutMs);
      const problem = notReady();
      if (problem) throw new CniFailure(cniError("tryAgainLater", problem.reason));
      if (wasDeleted) await network.remove(request, { signal });
      return { kind: "done", result: await network.add(request, { signal }) };
    });
  }

  /** Of this network only, and nothing that came after the question; goes on where one cannot be removed. */
  async function collectGarbage(
    networkName: string,
    validAttachments: readonly AttachmentKey[],
  ): Promise<void> {
    const valid = new Set(validAttachments.map(attachmentKey));
    const stale = pods().filter(
      (pod) =>
        pod.network === networkName &&
        !valid.has(attachmentKey(pod)) &&
        !lanes.has(attachmentKey(pod)),
    );
    const signal = AbortSignal.timeout(callTimeoutMs);
    const removed = await Promise.allSettled([...stale.map(remove), removePending()]);
    const cleared = await Promise.allSettled([network.removeOrphans({ signal })]);
    const problems = [...removed, ...cleared].flatMap((one) =>
      one.status === "rejected" ? [errorText(one.reason)] : [],
    );
    if (problems.length > 0)
      throw new CniFailure(
        cniError("ioFailure", `Not all could be removed: ${problems.join("; ")}.`),
      );
  }

  async function answer(request: CniRequest): Promise<CniReply> {
    switch (request.command) {
      case "ADD":
        return add(request);
      case "DEL":
        await remove(request);
        pending.take(request); // of a plugin that was killed before it could ask here
        return { kind: "done" };
      case "CHECK": {
        const problem = notReady();
        if (problem) throw new CniFailure(cniError("tryAgainLater", problem.reason));
        await inLane(attachmentKey(request), () => network.check(request));
        return { kind: "done" };
      }
      case "STATUS": {
        const error = statusError(notReady(), network.fullness());
        if (error) throw new CniFailure(error);
        return { kind: "done" };
      }
      case "GC":
        await inLane("GC", () => collectGarbage(request.config.name, request.validAttachments));
        return { kind: "done" };
    }
  }

  return {
    removePending,
    async answer(line) {
      const request = parseCniRequest(line);
      if (request.error) return { kind: "failed", error: request.error };
      const { command } = request.value;
      const started = now();
      try {
        const reply = await answer(request.value);
        const tookMs = now() - started;
        onCall(command, tookMs, true);
        log.debug("Answered CNI call", { command, tookMs });
        return reply;
      } catch (error) {
        onCall(command, now() - started, false);
        log.warn("Could not answer CNI call", { command, err: error });
        return {
          kind: "failed",
          error:
            error instanceof CniFailure
              ? error.error
              : cniError("ioFailure", `${errorText(error)}.`),
        };
      }
    },
  };
}

function statusError(problem: NotReady | undefined, fullness: string | undefined) {
  if (problem)
    return cniError(problem.concernsAll ? "limitedConnectivity" : "notAvailable", problem.reason);
  return fullness === undefined ? undefined : cniError("notAvailable", fullness);
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
