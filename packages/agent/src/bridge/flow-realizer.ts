import { type KeyedChange, type Realizer, realizer } from "@antrea/base";
import { type Flow, flowKey, sameFlow } from "@antrea/openflow/flow";

/** The part of a connection to the switch that flows need. */
export interface FlowSwitch {
  dumpFlows(options: { readonly signal?: AbortSignal | undefined }): Promise<readonly Flow[]>;
  /** All of it or nothing: one atomic bundle. An error names the flow that was refused. */
  applyFlows(change: KeyedChange<string, Flow>): Promise<void>;
}

/**
 * What flows the bridge should have, by owner, and the engine that makes it so. Two peers may want
 * the same match (an address that moved to another Node before the old one was forgotten): the first
 * keeps it until it lets go.
 */
export function flowRealizer(flowSwitch: FlowSwitch): Realizer<Flow> {
  return realizer<Flow>(
    {
      key: flowKey,
      equal: (a, b) => a.cookie === b.cookie && sameFlow(a, b),
      merge: ([first]) => first as Flow,
    },
    {
      observe: async ({ signal }) => (await flowSwitch.dumpFlows({ signal })).filter(isInstalled),
      apply: (change) => flowSwitch.applyFlows(change),
    },
  );
}

/** Learned flows are the switch's own: they come and go by its clock. */
function isInstalled({ idleTimeoutS }: Flow): boolean {
  return idleTimeoutS === 0;
}
