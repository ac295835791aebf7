import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OvsdbError } from "./errors.ts";
import { monitor } from "./monitor.ts";
import { bridgeTable, portTable } from "./schema/open-vswitch.ts";
import { matching } from "./transaction/operation.ts";

const uuid = "00000000-0000-4000-8000-000000000001";
const never = "00000000-0000-0000-0000-000000000000";
const columns = Object.fromEntries(Object.keys(bridgeTable.columns).map((name) => [name, {}]));
const schema = { tables: { Bridge: { columns } } };

function bench(onProblem: (reason: string) => void = assert.fail) {
  return monitor({ database: "Open_vSwitch", tables: [bridgeTable], onProblem });
}
const since = (m: ReturnType<typeof bench>): unknown => m.request(schema)[3];

test("monitor() asks for everything first, then from the last transaction that it has", () => {
  const m = bench();
  assert.equal(since(m), never);
  assert.deepEqual(m.begin([false, "t1", { Bridge: { [uuid]: { initial: { name: "br0" } } } }]), {
    isResumed: false,
  });
  assert.equal(since(m), "t1");
  m.update(["replica", "t2", { Bridge: { [uuid]: { modify: { fail_mode: "secure" } } } }]);
  assert.equal(since(m), "t2");
  assert.deepEqual(m.begin([true, "t3", { Bridge: { [uuid]: { delete: null } } }]), {
    isResumed: true,
  });
  assert.equal(m.replica.rows(bridgeTable).size, 0);
});

test("monitor() begins anew after an update that does not fit", () => {
  const m = bench();
  m.begin([false, "t1", {}]);
  assert.throws(
    () => m.update(["replica", "t2", { Bridge: { [uuid]: { modify: {} } } }]),
    OvsdbError,
  );
  assert.equal(since(m), never);
});

test("monitor() begins anew if a change of condition was not confirmed", () => {
  const m = bench();
  m.begin([false, "t1", {}]);
  m.changeCondition(bridgeTable, matching(bridgeTable, { name: "br0" }));
  m.update(["replica", "t2", {}]);
  assert.equal(since(m), never);
  m.begin([false, "t3", {}]);
  m.changeCondition(bridgeTable, []);
  m.conditionChanged();
  assert.equal(since(m), "t3");
});

test("monitor() leaves out columns that the server lacks, and refuses a schema without the table", () => {
  const problems: string[] = [];
  const m = bench((p) => problems.push(p));
  const [, , wanted] = m.request({ tables: { Bridge: { columns: { name: {} } } } });
  assert.deepEqual(wanted, { Bridge: [{ columns: ["name"] }] });
  assert.ok(problems.includes("the database has no column Bridge.fail_mode"));
  assert.throws(() => m.request({ tables: {} }), /no table Bridge/);
});

test("monitor() throws OvsdbError, and nothing else, on any JSON", () => {
  const uuids = ["uuid", uuid];
  const odd = [
    null,
    7,
    "x",
    [],
    {},
    ["set", 7],
    ["set", [uuids]],
    ["set", ["x", 7]],
    uuids,
    ["uuid", 7],
  ];
  const maps = [
    ["map", 7],
    ["map", [7]],
    ["map", [["a", "b"]]],
    ["map", [["a", 7]]],
    ["map", [[1, uuids]]],
  ];
  const anyJson = fc.constantFrom<unknown>(...odd, ...maps);
  const row = fc.dictionary(
    fc.constantFrom("name", "ports", "other_config", "flow_tables"),
    anyJson,
  );
  const change = fc.dictionary(
    fc.constantFrom("initial", "insert", "modify", "delete"),
    fc.oneof(row, anyJson),
  );
  const updates = fc.oneof(
    anyJson,
    fc.dictionary(
      fc.constantFrom("Bridge", "Other"),
      fc.dictionary(fc.constantFrom(uuid, "x"), change),
    ),
  );
  const step = fc.record({
    isFirst: fc.boolean(),
    found: anyJson,
    id: fc.oneof(fc.constant("t"), anyJson),
    updates,
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 4 }), (steps) => {
      const m = bench(() => {});
      for (const { isFirst, found, id, updates: json } of steps) {
        try {
          if (isFirst) m.begin([found, id, json]);
          else m.update(["replica", id, json]);
        } catch (error) {
          assert.ok(error instanceof OvsdbError, String(error));
        }
      }
      for (const bridge of m.replica.rows(bridgeTable).values())
        assert.ok(bridge.ports instanceof Set);
    }),
    { numRuns: 300 },
  );
  assert.throws(() => bench().replica.rows(portTable), /is monitored/);
});
