import { errorText } from "@antrea/base";
import { OvsdbError } from "../errors.ts";
import { excerpt, isObject } from "../json.ts";
import { decodeRow } from "../replica/decode-row.ts";
import { uuid } from "../schema/atom.ts";
import type { Row, Table } from "../schema/table.ts";
import type { Uuid } from "../schema/uuid.ts";

/** What one operation did (RFC 7047 section 5.2); which member is there follows from the operation. */
export interface OperationResult {
  /** Rows changed by update, mutate or delete. */
  readonly count?: number;
  /** Of the row inserted. */
  readonly uuid?: Uuid;
  /** Of select; see `rowsOf`. */
  readonly rows?: readonly unknown[];
}

/** The reply to `transact`, one result an operation. Throws `OvsdbError` if any of them failed. */
export function decodeResults(reply: unknown, operationCount: number): readonly OperationResult[] {
  if (!Array.isArray(reply)) throw badReply(`no array: ${excerpt(reply)}`);
  const failed = reply.findIndex((r) => isObject(r) && typeof r["error"] === "string");
  if (failed >= 0)
    throw refusal(reply[failed] as Refusal, failed < operationCount ? failed : undefined);
  if (reply.length < operationCount)
    throw badReply(`${reply.length} results for ${operationCount} operations`);
  return reply.slice(0, operationCount).map(decodeResult);
}

/** The rows that a `select` on `table` gave; columns not asked for hold their empty value. */
export function rowsOf<T extends Table>(
  table: T,
  result: OperationResult | undefined,
): readonly Row<T>[] {
  return (result?.rows ?? []).map((row) => {
    if (!isObject(row)) throw badReply(`row is no object: ${excerpt(row)}`);
    return decodeRow(table, uuidOf(row["_uuid"]), row, (column, error) => {
      throw badReply(`${table.name}.${column}: ${error.message}`);
    });
  });
}

interface Refusal {
  readonly error: string;
  readonly details?: unknown;
}

function refusal({ error, details }: Refusal, operation: number | undefined): OvsdbError {
  return new OvsdbError({
    code: "refused",
    error,
    details: typeof details === "string" ? details : "",
    operation,
  });
}

function decodeResult(result: unknown): OperationResult {
  if (!isObject(result)) throw badReply(`result is no object: ${excerpt(result)}`);
  const { count, rows } = result;
  return {
    ...(typeof count === "number" ? { count } : {}),
    ...(result["uuid"] === undefined ? {} : { uuid: uuidOf(result["uuid"]) }),
    ...(Array.isArray(rows) ? { rows } : {}),
  };
}

function uuidOf(json: unknown): Uuid {
  try {
    return uuid.decode(json);
  } catch (error) {
    throw badReply(errorText(error));
  }
}

function badReply(reason: string): OvsdbError {
  return new OvsdbError({ code: "bad-reply", method: "transact", reason });
}
