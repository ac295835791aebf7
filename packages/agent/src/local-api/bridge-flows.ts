import type { Realizer } from "@antrea/base";
import { type Flow, flowKey, formatFlow } from "@antrea/openflow/flow";
import { cookieCategory, tableNames } from "@antrea/pipeline";
import type { CountedFlow } from "../bridge/switch-link.ts";

/** A flow as antctl shows it: its table by name, what it belongs to, and who asked for it. */
export function flowRow(
  { flow, packets, bytes }: CountedFlow,
  flows: Pick<Realizer<Flow>, "ownersOf">,
) {
  const feature = cookieCategory(flow.cookie);
  const [owner] = flows.ownersOf(flowKey(flow));
  return {
    table: tableNames.get(flow.table) ?? String(flow.table),
    priority: flow.priority,
    packets,
    bytes,
    cookie: `0x${flow.cookie.toString(16).padStart(16, "0")}`,
    ...(feature === undefined ? {} : { feature }),
    ...(owner === undefined ? {} : { owner }),
    flow: formatFlow(flow, { cookie: false, tableName: (id) => tableNames.get(id) }),
  };
}

/** Whether it is of the Pod, of one of the tables (names or numbers), and of one of the features that were asked for. */
export function isWanted(
  row: ReturnType<typeof flowRow>,
  query: {
    readonly pod?: string | undefined;
    readonly table?: string | undefined;
    readonly feature?: string | undefined;
  },
): boolean {
  const list = (text: string | undefined) =>
    text?.split(",").map((part) => part.trim().toLowerCase());
  const tables = list(query.table);
  const features = list(query.feature);
  const id = [...tableNames].find(([, name]) => name === row.table)?.[0];
  return (
    (query.pod === undefined || row.owner === `pod:${query.pod}`) &&
    (!tables || tables.includes(row.table.toLowerCase()) || tables.includes(String(id))) &&
    (!features || features.includes((row.feature ?? "").toLowerCase()))
  );
}

export function countBy(
  names: readonly string[],
): { readonly name: string; readonly flows: number }[] {
  return [...Map.groupBy(names, (name) => name)].map(([name, all]) => ({
    name,
    flows: all.length,
  }));
}
