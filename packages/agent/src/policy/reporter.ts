import { abortable, type BackOff, type Clock, errorText, type Logger } from "@antrea/base";
import type { KubeClient } from "@antrea/kube";
import { apiVersion, type NodePolicyStatus, nodeReportWire } from "@antrea/policy/controlplane";
import type { DatapathSettled } from "../bridge/datapath-settled.ts";
import type { PolicyRealization } from "./realizations.ts";

export interface PolicyReporterDeps {
  readonly client: Pick<KubeClient, "request">;
  readonly nodeName: string;
  readonly realizations: {
    get(uid: string): PolicyRealization | undefined;
    all(): Iterable<PolicyRealization>;
  };
  /** What the switch has confirmed is in force once no packet goes by what was before. */
  readonly datapathSettled: DatapathSettled;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Tells the controller what is in force here. */
export interface PolicyReporter {
  changed(uid: string): void;
  /** Who asks may know nothing: the next report is of everything. */
  tellAll(): void;
  run(signal: AbortSignal): Promise<void>;
}

/** Changes of this time are one report, in milliseconds: who waits for a policy waits for it too. */
const gatherMs = 20;

export function policyReporter(deps: PolicyReporterDeps): PolicyReporter {
  const { client, nodeName, realizations, datapathSettled, backOff, clock, log } = deps;
  const old = new Set<string>();
  let isWhole = false;
  let wake = Promise.withResolvers<void>();

  /** Undefined where there is nothing to tell. */
  function take():
    | { readonly isWhole: boolean; readonly policies: NodePolicyStatus[] }
    | undefined {
    if (!isWhole && old.size === 0) return undefined;
    const some = isWhole
      ? [...realizations.all()]
      : [...old].flatMap((uid) => realizations.get(uid) ?? []);
    const report = { isWhole, policies: some.map(statusOf) };
    old.clear();
    isWhole = false;
    return report;
  }

  async function send(signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const report = take();
      if (!report) return;
      try {
        await datapathSettled({ signal });
        await client.request(
          {
            method: "POST",
            path: `/apis/${apiVersion}/networkpolicystatuses`,
            headers: { "content-type": "application/json" },
            body: JSON.stringify(nodeReportWire.encode({ nodeName, ...report })),
          },
          { signal },
        );
      } catch (error) {
        isWhole = true; // what did not arrive is told again
        log.debug("Could not tell the controller what is in force", { err: errorText(error) });
        await clock.sleep(backOff.delayMs(attempt), { signal });
      }
    }
  }

  return {
    changed(uid) {
      old.add(uid);
      wake.resolve();
    },
    tellAll() {
      isWhole = true;
      wake.resolve();
    },
    async run(signal) {
      while (!signal.aborted) {
        await abortable(wake.promise, signal);
        wake = Promise.withResolvers<void>();
        await clock.sleep(gatherMs, { signal });
        await send(signal);
      }
    },
  };
}

function statusOf({ policy, generation, failure }: PolicyRealization): NodePolicyStatus {
  return { uid: policy.uid, generation, failure };
}
