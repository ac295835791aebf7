import { type ChangeLog, type KeyedChange, type Realizer, realizer } from "@antrea/base";
import { OpenFlowError } from "@antrea/openflow";
import { type Flow, flowKey, formatFlow, sameFlow } from "@antrea/openflow/flow";
import { isOtherLayout, isOwnCookie } from "@antrea/pipeline";
import { mergeFlows } from "./merge-flows.ts";

/** The part of a connection to the switch that flows need. */
export interface FlowSwitch {
  dumpFlows(options: { readonly signal?: AbortSignal | undefined }): Promise<readonly Flow[]>;
  /** All of it or nothing: one atomic bundle. An error names the flow that was refused. */
  applyFlows(change: KeyedChange<string, Flow>): Promise<void>;
}

export interface FlowRealizerOptions {
  /** Whether a flow that nobody wants may go: not, while it is not known yet who wants what. */
  readonly mayRemove?: (cookie: bigint) => boolean;
  /** Whether flows of an owner may come where they are not yet. */
  readonly mayCome?: (owner: string) => boolean;
  /** Told of an owner whose flows were left out of a comparison, since the switch refuses one of them. */
  readonly onRefused?: (owner: string, error: unknown) => void;
}

/**
 * What flows the bridge should have, by owner, and the engine that makes it so. Policy rules share
 * clauses. Two peers may want the same match too (an address that moved to another Node before the old
 * one was forgotten): the first keeps it until it lets go. A flow that bears somebody else's cookie stays, as long as we want none
 * of its match.
 */
export function flowRealizer(
  flowSwitch: FlowSwitch,
  changes?: ChangeLog,
  { mayRemove = () => true, ...options }: FlowRealizerOptions = {},
): Realizer<Flow> {
  return realizer<Flow>(
    {
      ...options,
      key: flowKey,
      equal: (a, b) => a.cookie === b.cookie && sameFlow(a, b),
      merge: mergeFlows,
      owns: ({ cookie }) => isOwnCookie(cookie) && mayRemove(cookie),
      kind: "flow",
      describe: formatFlow,
      changes,
      isOtherMake: isOtherLayout,
    },
    {
      observe: async ({ signal }) => (await flowSwitch.dumpFlows({ signal })).filter(isInstalled),
      apply: (change) => flowSwitch.applyFlows(change),
      refusedIn,
    },
  );
}

function refusedIn(error: unknown): readonly string[] {
  if (!(error instanceof OpenFlowError) || error.failure.code !== "refused") return [];
  return error.failure.refusals.flatMap(({ flow }) => (flow ? [flowKey(flow)] : []));
}

/** Learned flows are the switch's own: they come and go by its clock. */
function isInstalled({ idleTimeoutS }: Flow): boolean {
  return idleTimeoutS === 0;
}
