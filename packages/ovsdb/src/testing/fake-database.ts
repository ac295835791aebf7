import { invariant } from "@antrea/base";
import type { Json } from "../json.ts";
import { type Replica, replicaWriter } from "../replica/replica.ts";
import type { RowUpdate } from "../replica/table-updates.ts";
import { bridgeTables } from "../schema/open-vswitch.ts";
import { parseUuid, type Uuid } from "../schema/uuid.ts";
import type { Operation } from "../transaction/operation.ts";

/** A replica that a test fills by transactions, for plans and whatever else only reads. */
export interface FakeDatabase {
  readonly replica: Replica;
  /** Runs insert, update, mutate and delete as a server would, and collects rows that nothing refers to. */
  transact(operations: readonly Operation[]): void;
}

type Values = Record<string, Json>;
type Tables = Map<string, Map<Uuid, Values>>;

/** Tables whose rows live by themselves; others live while a row refers to them (`isRoot` in the schema). */
const rootTables: ReadonlySet<string> = new Set(["Open_vSwitch"]);

/** A database of the tables of `bridgeTables`, with its one root row. */
export function fakeDatabase(): FakeDatabase {
  const tables: Tables = new Map(bridgeTables.map((t) => [t.name, new Map()]));
  const { replica, replace } = replicaWriter({
    tables: bridgeTables,
    onProblem: (problem) => invariant(false, problem),
  });
  let inserted = 0;

  const newUuid = (): Uuid =>
    parseUuid(`00000000-0000-4000-8000-${String(++inserted).padStart(12, "0")}`) as Uuid;

  const transact: FakeDatabase["transact"] = (operations) => {
    const names = new Map<string, Uuid>();
    for (const operation of operations)
      if (nameOf(operation) !== "") names.set(nameOf(operation), newUuid());
    for (const operation of operations) run(tables, names, operation, newUuid);
    collectGarbage(tables);
    replace(contents(tables));
  };
  transact([{ op: "insert", table: "Open_vSwitch", row: {} }]);
  return { replica, transact };
}

function run(
  tables: Tables,
  names: Map<string, Uuid>,
  operation: Operation,
  newUuid: () => Uuid,
): void {
  const rows = tables.get(operation["table"] as string);
  invariant(rows, `the table of ${operation.op} is known`);
  const value = (json: Json): Json => resolveNames(json, names);
  const where = (operation["where"] ?? []) as readonly (readonly [string, string, Json])[];
  const chosen = [...rows].filter(([uuid, row]) =>
    where.every(([column, , wanted]) =>
      column === "_uuid" ? same(wanted, ["uuid", uuid]) : same(row[column] ?? null, wanted),
    ),
  );
  switch (operation.op) {
    case "insert":
      rows.set(names.get(nameOf(operation)) ?? newUuid(), value(operation["row"] ?? {}) as Values);
      return;
    case "update":
      for (const [, row] of chosen) Object.assign(row, value(operation["row"] ?? {}));
      return;
    case "mutate":
      for (const [, row] of chosen)
        for (const [column, mutator, operand] of operation["mutations"] as readonly [
          string,
          string,
          Json,
        ][])
          row[column] = mutated(row[column], mutator, value(operand));
      return;
    case "wait":
      invariant(chosen.length > 0, "what the transaction waits for is there");
      return;
    default:
      invariant(false, `operation ${operation.op} is known to the fake database`);
  }
}

/** The name that an insert gives its row inside the transaction; "" for none. */
function nameOf(operation: Operation): string {
  const name = operation["uuid-name"];
  return typeof name === "string" ? name : "";
}

type Wrapped = readonly [kind: string, items: readonly Json[]];

function mutated(before: Json | undefined, mutator: string, operand: Json): Json {
  if (mutator === "+=") return Number(before ?? 0) + Number(operand);
  const [operandKind, operands] = wrapped(operand);
  const kind = before === undefined ? operandKind : wrapped(before)[0];
  const items = before === undefined ? [] : wrapped(before)[1];
  const keyOf = (item: Json): Json =>
    kind === "map" ? ((item as readonly Json[])[0] ?? null) : item;
  if (mutator === "insert")
    return [
      kind,
      [...items, ...operands.filter((o) => !items.some((i) => same(keyOf(i), keyOf(o))))],
    ];
  const isGone = (item: Json): boolean =>
    operands.some(
      (o) => same(o, item) || (kind === "map" && operandKind === "set" && same(o, keyOf(item))),
    );
  return [kind, items.filter((item) => !isGone(item))];
}

function wrapped(json: Json): Wrapped {
  const isWrapped = Array.isArray(json) && (json[0] === "set" || json[0] === "map");
  return isWrapped ? (json as unknown as Wrapped) : ["set", [json]];
}

function resolveNames(json: Json, names: ReadonlyMap<string, Uuid>): Json {
  if (Array.isArray(json)) {
    if (json[0] === "named-uuid") return ["uuid", names.get(String(json[1])) ?? null];
    return json.map((item: Json) => resolveNames(item, names));
  }
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([k, v]) => [k, resolveNames(v, names)]));
}

function collectGarbage(tables: Tables): void {
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    const referred = JSON.stringify([...tables.values()].map((rows) => [...rows.values()]));
    for (const [name, rows] of tables)
      for (const uuid of rows.keys())
        if (!rootTables.has(name) && !referred.includes(uuid))
          isChanged = rows.delete(uuid) || isChanged;
  }
}

function contents(tables: Tables): readonly RowUpdate[] {
  return [...tables].flatMap(([table, rows]) =>
    [...rows].map(([uuid, row]): RowUpdate => ({ table, uuid, kind: "initial", row })),
  );
}

function same(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
