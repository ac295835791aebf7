import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  bridgeTable,
  flowTableTable,
  interfaceTable,
  openVSwitchTable,
  portTable,
} from "../schema/open-vswitch.ts";
import { type FakeDatabase, fakeDatabase } from "../testing/fake-database.ts";
import { byUuid, insertInto, mutate, update } from "../transaction/operation.ts";
import type { DesiredPort, DesiredState } from "./desired.ts";
import { planBridge, planBridgeRemoval } from "./plan-bridge.ts";
import { planPortRemoval, planPorts } from "./plan-ports.ts";

type Desired = Partial<Omit<DesiredState, "ports" | "bridge">> & {
  readonly bridge?: Partial<DesiredState["bridge"]>;
  readonly ports?: Readonly<Record<string, DesiredPort>>;
};

const owns: DesiredState["owns"] = (port) => port.external_ids.has("antrea-type");
const ours = { externalIds: { "antrea-type": "container" } };

function desired({ bridge, ports = {} }: Desired = {}): DesiredState {
  return { bridge: { name: "br-int", ...bridge }, ports: new Map(Object.entries(ports)), owns };
}

function applied(db: FakeDatabase, wanted: Desired): FakeDatabase {
  db.transact(planBridge(db.replica, desired(wanted)));
  return db;
}

const portNames = (db: FakeDatabase): readonly string[] =>
  [...(db.replica.findBy(bridgeTable, "name", "br-int")?.ports ?? [])]
    .map((uuid) => db.replica.find(portTable, uuid)?.name ?? "")
    .sort((a, b) => a.localeCompare(b));
const interfaceOf = (db: FakeDatabase, name: string) =>
  db.replica.findBy(interfaceTable, "name", name);

test("planBridge() makes a bridge with its local port, its ports, and names of its tables", () => {
  const db = applied(fakeDatabase(), {
    bridge: {
      datapathType: "netdev",
      failMode: "secure",
      protocols: ["OpenFlow15"],
      otherConfig: { hwaddr: "02:00:00:00:00:01" },
      flowTableNames: new Map([[3, "Output"]]),
    },
    ports: {
      gw: { interfaceType: "internal", ofPortRequest: 2, mac: "02:00:00:00:00:02", ...ours },
    },
  });

  const row = db.replica.findBy(bridgeTable, "name", "br-int");
  assert.deepEqual(portNames(db), ["br-int", "gw"]);
  assert.equal(row?.datapath_type, "netdev");
  assert.equal(row?.fail_mode, "secure");
  assert.deepEqual(row?.protocols, new Set(["OpenFlow15"]));
  assert.deepEqual(row?.other_config, new Map([["hwaddr", "02:00:00:00:00:01"]]));
  const named = row?.flow_tables.get(3);
  assert.equal(named && db.replica.find(flowTableTable, named)?.name, "Output");
  assert.equal(interfaceOf(db, "br-int")?.type, "internal");
  assert.equal(interfaceOf(db, "gw")?.ofport_request, 2);
  assert.ok(db.replica.findOnly(openVSwitchTable)?.bridges.has(row.uuid));
});

test("planBridge() leaves attributes of the bridge that are not desired as they are", () => {
  const db = applied(fakeDatabase(), { bridge: { failMode: "secure", externalIds: { a: "1" } } });
  const before = db.replica.findBy(bridgeTable, "name", "br-int");
  applied(db, { bridge: { externalIds: { b: "2" }, otherConfig: {} } });
  const after = db.replica.findBy(bridgeTable, "name", "br-int");
  assert.equal(after?.fail_mode, "secure");
  assert.deepEqual(
    after?.external_ids,
    new Map([
      ["a", "1"],
      ["b", "2"],
    ]),
  );
  assert.equal(after?.uuid, before?.uuid);
});

test("planBridge() changes one key of a map, and takes away one that is undefined", () => {
  const db = applied(fakeDatabase(), { bridge: { otherConfig: { a: "1", b: "2", c: "3" } } });
  applied(db, { bridge: { otherConfig: { a: "9", b: undefined } } });
  assert.deepEqual(
    db.replica.findBy(bridgeTable, "name", "br-int")?.other_config,
    new Map([
      ["c", "3"],
      ["a", "9"],
    ]),
  );
});

test("planBridge() removes ports that are ours and not desired, and no other", () => {
  const db = applied(fakeDatabase(), { ports: { a: ours, b: ours, foreign: {} } });
  applied(db, { ports: { b: ours } });
  assert.deepEqual(portNames(db), ["b", "br-int", "foreign"]);
  assert.equal(interfaceOf(db, "a"), undefined);
});

test("planBridge() makes a port wholly as desired: options of another tunnel type do not stay", () => {
  const db = applied(fakeDatabase(), {
    ports: {
      tun: {
        interfaceType: "geneve",
        options: { remote_ip: "flow", csum: "true" },
        mtuRequest: 1400,
        ...ours,
      },
    },
  });
  applied(db, {
    ports: { tun: { interfaceType: "gre", options: { remote_ip: "flow" }, ...ours } },
  });
  const tunnel = interfaceOf(db, "tun");
  assert.equal(tunnel?.type, "gre");
  assert.deepEqual(tunnel?.options, new Map([["remote_ip", "flow"]]));
  assert.equal(tunnel?.mtu_request, undefined);
});

test("planBridge() keeps a Flow_Table row that has the right name, and drops the rest", () => {
  const db = applied(fakeDatabase(), {
    bridge: {
      flowTableNames: new Map([
        [0, "A"],
        [1, "B"],
        [2, "C"],
      ]),
    },
  });
  const before = db.replica.findBy(bridgeTable, "name", "br-int")?.flow_tables;
  applied(db, {
    bridge: {
      flowTableNames: new Map([
        [0, "A"],
        [1, "X"],
      ]),
    },
  });
  const after = db.replica.findBy(bridgeTable, "name", "br-int")?.flow_tables;
  assert.equal(after?.get(0), before?.get(0));
  assert.deepEqual([...(after?.keys() ?? [])], [0, 1]);
  assert.deepEqual(
    [...db.replica.rows(flowTableTable).values()]
      .map((t) => t.name)
      .sort((a, b) => (a ?? "").localeCompare(b ?? "")),
    ["A", "X"],
  );
});

test("planBridge() fetches a port of ours from another bridge, but refuses to take another's", () => {
  const db = fakeDatabase();
  db.transact(
    planBridge(db.replica, {
      ...desired({ ports: { mine: ours, theirs: {} } }),
      bridge: { name: "br-old" },
    }),
  );
  applied(db, { ports: { mine: ours } });
  assert.deepEqual(portNames(db), ["br-int", "mine"]);
  assert.throws(
    () => planBridge(db.replica, desired({ ports: { theirs: ours } })),
    /Port theirs belongs to bridge br-old/,
  );
  assert.throws(
    () => planBridge(db.replica, desired({ ports: { "br-old": ours } })),
    /not ours to move/,
  );
});

test("planBridge() repairs a port whose interface has another name", () => {
  const db = applied(fakeDatabase(), { ports: { a: ours, b: ours } });
  const [a, b] = ["a", "b"].map((name) => db.replica.findBy(portTable, "name", name));
  db.transact([
    mutate(portTable, byUuid(a?.uuid as never), [
      insertInto(portTable, "interfaces", b?.interfaces ?? []),
    ]),
  ]);
  applied(db, { ports: { a: ours, b: ours } });
  assert.equal(db.replica.findBy(portTable, "name", "a")?.interfaces.size, 1);
  assert.deepEqual(planBridge(db.replica, desired({ ports: { a: ours, b: ours } })), []);
});

test("planBridge() mends what somebody changed by hand", () => {
  const wanted: Desired = { bridge: { failMode: "secure" }, ports: { a: { ...ours, tag: 5 } } };
  const db = applied(fakeDatabase(), wanted);
  const port = db.replica.findBy(portTable, "name", "a");
  db.transact([
    update(portTable, byUuid(port?.uuid as never), { tag: 7 }),
    update(bridgeTable, [], { fail_mode: "standalone" }),
  ]);
  applied(db, wanted);
  assert.equal(db.replica.findBy(portTable, "name", "a")?.tag, 5);
  assert.equal(db.replica.findBy(bridgeTable, "name", "br-int")?.fail_mode, "secure");
});

test("planBridge() has nothing to do once it is applied, whatever was there before", () => {
  const port = fc.record(
    {
      interfaceType: fc.constantFrom("", "internal", "geneve"),
      options: fc.constantFrom({}, { remote_ip: "flow" }, { remote_ip: "flow", csum: "true" }),
      ofPortRequest: fc.integer({ min: 1, max: 9 }),
      mtuRequest: fc.constantFrom(1400, 1500),
      tag: fc.nat(3),
      externalIds: fc.constantFrom(
        { "antrea-type": "container" },
        { "antrea-type": "tunnel", x: "y" },
        {},
      ),
    },
    { requiredKeys: [] },
  );
  const state = fc.record({
    bridge: fc.record(
      {
        failMode: fc.constantFrom("secure" as const, "standalone" as const),
        otherConfig: fc.constantFrom({}, { a: "1" }, { a: undefined, b: "2" }),
        flowTableNames: fc
          .uniqueArray(fc.nat(4))
          .map((numbers) => new Map(numbers.map((n) => [n, `t${n % 2}`]))),
        isMulticastSnooping: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    ports: fc.dictionary(fc.constantFrom("a", "b", "c"), port),
  });
  fc.assert(
    fc.property(fc.array(state, { minLength: 1, maxLength: 3 }), (states) => {
      const db = fakeDatabase();
      for (const wanted of states) {
        applied(db, wanted);
        assert.deepEqual(planBridge(db.replica, desired(wanted)), []);
      }
    }),
    { numRuns: 200 },
  );
});

test("planBridgeRemoval() takes the bridge and its ports away, and nothing the second time", () => {
  const db = applied(fakeDatabase(), { ports: { a: ours } });
  db.transact(planBridgeRemoval(db.replica, "br-int"));
  assert.equal(db.replica.rows(portTable).size, 0);
  assert.deepEqual(planBridgeRemoval(db.replica, "br-int"), []);
});

test("planPorts() adds many ports in one transaction and leaves the rest alone", () => {
  const db = applied(fakeDatabase(), { ports: { old: ours } });
  const wanted = new Map([
    ["a", ours],
    ["b", ours],
  ]);
  const operations = planPorts(db.replica, "br-int", wanted, owns);
  assert.equal(operations.filter((o) => o.op === "mutate").length, 1);
  db.transact(operations);
  assert.deepEqual(portNames(db), ["a", "b", "br-int", "old"]);
  assert.deepEqual(planPorts(db.replica, "br-int", wanted, owns), []);
  assert.throws(() => planPorts(db.replica, "br-no", wanted, owns), /no bridge br-no/);
});

test("planPortRemoval() removes ports of the bridge by name and passes over those it has not", () => {
  const db = applied(fakeDatabase(), { ports: { a: ours, b: ours } });
  db.transact(planPortRemoval(db.replica, "br-int", ["a", "never"]));
  assert.deepEqual(portNames(db), ["b", "br-int"]);
  assert.deepEqual(planPortRemoval(db.replica, "br-int", ["a"]), []);
  assert.deepEqual(planPortRemoval(db.replica, "br-no", ["b"]), []);
});
