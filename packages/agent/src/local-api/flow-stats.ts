import type { FlowStat } from "@antrea/api/local-api";
import type { Realizer } from "@antrea/base";
import { type Flow, flowKey } from "@antrea/openflow/flow";
import { cookieCategory, flowBudget, type NodeNetwork, tableNames } from "@antrea/pipeline";

export interface FlowStatsDeps {
  readonly flows: Pick<Realizer<Flow>, "ownersOf">;
  readonly network: NodeNetwork;
  /** Whether direct paths prove themselves. */
  readonly measures: boolean;
}

/** The flows of the bridge by table, by feature and by the kind of object that asked for them; then what one more would take. */
export function flowStats(
  bridge: readonly Flow[],
  { flows, network, measures }: FlowStatsDeps,
): readonly FlowStat[] {
  const tables = Map.groupBy(bridge, ({ table }) => table);
  const inOrder = [...tables].sort(([a], [b]) => a - b);
  return [
    ...inOrder.map(([id, all]) => row("table", tableNames.get(id) ?? String(id), all.length)),
    ...counts("feature", bridge, ({ cookie }) => cookieCategory(cookie) ?? "not ours"),
    ...counts("owner", bridge, (flow) => kindOf(flows.ownersOf(flowKey(flow))[0])),
    row("sum", "all flows", bridge.length),
    ...flowBudget(network, { measures }).map((cost) => row("one more", cost.object, cost.flows)),
  ];
}

function row(by: FlowStat["by"], name: string, flows: number): FlowStat {
  return { by, name, flows };
}

function counts(
  by: FlowStat["by"],
  bridge: readonly Flow[],
  nameOf: (flow: Flow) => string,
): readonly FlowStat[] {
  const groups = [...Map.groupBy(bridge, nameOf)];
  return groups
    .map(([name, all]) => row(by, name, all.length))
    .sort((a, b) => b.flows - a.flows || a.name.localeCompare(b.name));
}

/** "pod" of "pod:shop/cart-0". What nobody asked for is learned, as notes of destinations are, or somebody else's. */
function kindOf(owner: string | undefined): string {
  return owner?.split(":", 1)[0] ?? "none";
}
