import { formatFlows } from "@antrea/openflow/flow";
import {
  connection,
  cookieCategories,
  cookieOf,
  ctZones,
  registers,
  type TableName,
  tableNames,
  tables,
} from "@antrea/pipeline";
import { code, codeBlock, page, table } from "./markdown.ts";
import { samplePortName, type SampleUnit, sampleUnits } from "./sample-node.ts";

/** The page docs/reference/pipeline.md: tables, fields, cookies, and the flows of a sample Node. */
export function pipelinePage(): string {
  const units = sampleUnits();
  return page(
    "# Pipeline",
    "Printed from `packages/pipeline` and its compilers; do not edit here.",
    "A packet enters at table 0 and only moves down the list. `antctl get ovsflows` prints a live Node's flows with their owners, `antctl trace-packet` walks a packet through them.",
    "## Tables",
    tablesOverview(),
    "## Registers",
    fieldTable(registers),
    "## What a connection remembers",
    `In its \`ct_mark\` and \`ct_label\`, in conntrack zone ${ctZones.ipv4} (IPv6: ${ctZones.ipv6}).`,
    fieldTable(connection),
    "## Cookies",
    "Bits 40 to 47 are the category, bits 0 to 31 a hash of the owner ([decision 7](../decisions/0007-cookies-name-the-owner.md)).",
    table(
      ["category", "number"],
      Object.entries(cookieCategories).map(([name, number]) => [name, String(number)]),
    ),
    "## A sample Node",
    "node-1, `10.244.0.0/24`, on the userspace datapath, which shares the uplink `eth0` with the host. Two Pods, and three peers: two as mode hybrid reaches them, node-4 as noEncap would. Two policies: clauses bear a cookie that all rules share ([decision 37](../decisions/0037-policy-rules-as-flows.md)).",
    ownersTable(units),
    ...Object.values(tables).flatMap(({ name }) => tableSection(name, units)),
  );
}

function tablesOverview(): string {
  return table(
    ["number", "table", "what it does"],
    Object.values(tables).map(({ id, name, means }) => [
      String(id),
      `[${name}](#${name.toLowerCase()})`,
      means,
    ]),
  );
}

function fieldTable(fields: typeof registers | typeof connection): string {
  return table(
    ["field", "bits", "meaning", "values"],
    Object.values(fields).map((field) => [
      field.name,
      code(`${field.in}[${field.firstBit}..${field.firstBit + field.width - 1}]`),
      field.means,
      Object.entries(field.values)
        .map(([name, number]) => `${String(number)} ${name}`)
        .join(", "),
    ]),
  );
}

function ownersTable(units: readonly SampleUnit[]): string {
  return table(
    ["owner", "cookie", "flows", "what it is"],
    units.map(({ owner, category, means, flows }) => [
      code(owner),
      code(`0x${cookieOf(category, owner).toString(16)}`),
      String(flows.length),
      means,
    ]),
  );
}

function tableSection(name: TableName, units: readonly SampleUnit[]): readonly string[] {
  const { id, means, miss, next } = tables[name];
  const handsOn = next.length > 0 ? `Hands on to ${next.join(", ")}.` : "Hands on to no table.";
  const missed = miss === "drop" ? "is dropped" : `goes on to ${next[0]}`;
  return [
    `### ${name}`,
    `Table ${id}: ${means}. ${handsOn} What no flow matches ${missed}.`,
    ...flowsOf(id, units),
  ];
}

function flowsOf(tableId: number, units: readonly SampleUnit[]): readonly string[] {
  const parts = units.flatMap(({ owner, flows }) => {
    const here = flows.filter((flow) => flow.table === tableId);
    return here.length > 0 ? [`# ${owner}\n${asText(here)}`] : [];
  });
  return parts.length > 0 ? [codeBlock(parts.join("\n"))] : [];
}

function asText(flows: SampleUnit["flows"]): string {
  return formatFlows(flows, {
    cookie: false,
    tableName: (id) => tableNames.get(id),
    portName: samplePortName,
  });
}
