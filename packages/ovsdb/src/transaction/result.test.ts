import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OvsdbError } from "../errors.ts";
import { portTable } from "../schema/open-vswitch.ts";
import { decodeResults, rowsOf } from "./result.ts";

const uuid = "00000000-0000-4000-8000-000000000001";

test("decodeResults() gives count, uuid or rows for each operation", () => {
  const reply = [
    { count: 2 },
    { uuid: ["uuid", uuid] },
    { rows: [{ _uuid: ["uuid", uuid], name: "a" }] },
    {},
  ];
  const results = decodeResults(reply, 4);
  assert.deepEqual(results.slice(0, 2), [{ count: 2 }, { uuid }]);
  assert.deepEqual(
    rowsOf(portTable, results[2]).map((row) => [row.uuid, row.name, row.tag]),
    [[uuid, "a", undefined]],
  );
  assert.deepEqual(rowsOf(portTable, results[3]), []);
});

test("decodeResults() throws the error of the operation at fault, or of the commit", () => {
  const refused = { error: "constraint violation", details: "twice" };
  const problemOf = (reply: unknown, count: number) => {
    try {
      decodeResults(reply, count);
    } catch (error) {
      return (error as OvsdbError).problem;
    }
    return assert.fail("it should throw");
  };
  const wanted = { code: "refused", error: "constraint violation", details: "twice" };
  assert.deepEqual(problemOf([{}, refused, null], 3), { ...wanted, operation: 1 });
  assert.deepEqual(problemOf([{}, {}, refused], 2), { ...wanted, operation: undefined });
  assert.equal(problemOf([{}], 2).code, "bad-reply");
});

test("decodeResults() and rowsOf() throw OvsdbError, and nothing else, on any JSON", () => {
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.array(
      fc.record(
        {
          count: fc.jsonValue({ maxDepth: 2 }),
          uuid: fc.jsonValue({ maxDepth: 2 }),
          rows: fc.array(fc.jsonValue({ maxDepth: 2 })),
        },
        { requiredKeys: [] },
      ),
    ),
  );
  fc.assert(
    fc.property(odd, fc.nat(3), (reply, count) => {
      try {
        for (const result of decodeResults(reply, count)) rowsOf(portTable, result);
      } catch (error) {
        assert.ok(error instanceof OvsdbError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});
