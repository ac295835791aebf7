import type { Column, Command } from "./command.ts";

export const outputFormats = ["table", "json", "yaml"] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** The text of a command's result in the format asked for, ending in one line break; "" for no result. */
export async function formatResult(
  command: Command,
  result: unknown,
  format: OutputFormat,
): Promise<string> {
  if (result === undefined) return "";
  const data = command.data ? command.data(result) : result;
  switch (format) {
    case "json":
      return formatJson(data);
    case "yaml":
      return await formatYaml(data);
    case "table":
      return formatForPeople(command, result);
  }
}

function formatForPeople(command: Command, result: unknown): string {
  const parts: string[] = [];
  if (command.columns) {
    const rows = command.rows?.(result) ?? (Array.isArray(result) ? result : [result]);
    parts.push(formatTable(command.columns, rows));
  }
  if (command.text) {
    const text = command.text(result);
    if (text !== "") parts.push(`${text}\n`);
  }
  return parts.join(command.columns ? "\n" : "");
}

/** Titles and rows in columns as wide as their widest cell, three spaces apart. */
export function formatTable<Row>(all: readonly Column<Row>[], rows: readonly Row[]): string {
  const columns = all.filter(
    (column) => !column.isOptional || rows.some((row) => column.cell(row) !== undefined),
  );
  const lines = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map((column) => cellText(column.cell(row)))),
  ];
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => lengthOf(cells[i] ?? ""))));
  return lines
    .map((cells) => cells.map((cell, i) => pad(cell, widths[i] ?? 0)).join("   "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

/** Indented JSON; a bigint is a number where one can hold it, a string elsewhere. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, plainBigInt, 2)}\n`;
}

/** YAML of the same data as `formatJson`, without anchors. */
export async function formatYaml(value: unknown): Promise<string> {
  const { stringify } = await import("yaml"); // late: most runs print a table, and the import takes time
  const plain: unknown = JSON.parse(JSON.stringify(value, plainBigInt));
  return stringify(plain, { aliasDuplicateObjects: false, lineWidth: 0 });
}

function plainBigInt(_key: string, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}

function cellText(cell: string | number | bigint | boolean | undefined): string {
  return cell === undefined || cell === "" ? "-" : String(cell).replaceAll(/\s*\n\s*/g, " ");
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}

function pad(text: string, width: number): string {
  return text + " ".repeat(width - lengthOf(text));
}
