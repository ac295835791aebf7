import type { Replica } from "../replica/replica.ts";
import { bridgeTables } from "../schema/open-vswitch.ts";
import type { Uuid } from "../schema/uuid.ts";
import type { Operation } from "../transaction/operation.ts";

/**
 * What a transaction does, in lines for people: `+` for a row that is new, `-` for a port that is taken
 * away, `~` for a row that is changed with the columns that are, as in "~ Interface antrea-tun0 options".
 */
export function describeOperations(
  replica: Replica,
  operations: readonly Operation[],
): readonly string[] {
  const nameOf = (table: string, uuid: unknown): string => {
    const known = bridgeTables.find(({ name }) => name === table);
    const row = known && replica.find(known, uuid as Uuid);
    const name = row && "name" in row ? row.name : undefined;
    return typeof name === "string" ? `${table} ${name}` : table;
  };
  const lines = operations.flatMap((operation) => {
    const { op, table, row = {}, where = [], mutations = [] } = operation as unknown as Written;
    const [, , [, uuid] = []] = where[0] ?? [];
    const name = row["name"];
    if (op === "insert")
      return typeof name === "string" && table !== "Flow_Table" ? [`+ ${table} ${name}`] : [];
    if (op === "update") return [`~ ${nameOf(table, uuid)} ${Object.keys(row).join(", ")}`];
    return mutations.flatMap(([column, mutator, value]) => {
      if (column === "ports" && mutator === "delete")
        return uuidsOf(value).map((port) => `- ${nameOf("Port", port)}`);
      return column === "ports" || column === "bridges"
        ? []
        : [`~ ${nameOf(table, uuid)} ${column}`];
    });
  });
  // the one interface of a port comes with it
  return lines.filter(
    (line) =>
      !lines.includes(line.replace("+ Interface ", "+ Port ")) || !line.startsWith("+ Interface "),
  );
}

function uuidsOf(value: unknown): readonly unknown[] {
  const [kind, list] = value as readonly [string, unknown];
  return kind === "set"
    ? (list as readonly (readonly [string, unknown])[]).map(([, u]) => u)
    : [list];
}

/** An operation as RFC 7047 section 5.2 writes it. */
interface Written {
  readonly op: string;
  readonly table: string;
  readonly row?: Readonly<Record<string, unknown>>;
  readonly where?: readonly (readonly [string, string, (readonly [string, unknown])?])[];
  readonly mutations?: readonly (readonly [string, string, unknown])[];
}
