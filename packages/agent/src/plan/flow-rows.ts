import type { FlowChangeRow } from "@antrea/api/local-api";
import type { KeyedChange } from "@antrea/base";
import { type Flow, formatFlow } from "@antrea/openflow/flow";
import { cookieCategory, tableNames } from "@antrea/pipeline";

/** A change of flows for people: with tables by name, and whose they are. */
export function flowRows({
  add,
  modify,
  remove,
}: KeyedChange<string, Flow>): readonly FlowChangeRow[] {
  return [
    ...add.map(({ value }) => row("add", value)),
    ...modify.map(({ value }) => row("modify", value)),
    ...remove.map(({ before }) => row("remove", before)),
  ];
}

function row(change: FlowChangeRow["change"], flow: Flow): FlowChangeRow {
  return {
    change,
    table: tableNames.get(flow.table) ?? String(flow.table),
    feature: cookieCategory(flow.cookie) ?? "unknown",
    flow: formatFlow(flow, { cookie: false, tableName: (id) => tableNames.get(id) }),
  };
}
