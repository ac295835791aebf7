/** Programs of others on the same database: what we write they read, what they write we see. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { promisify } from "node:util";
import { exponentialBackOff, silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import fc from "fast-check";
import { waitFor } from "../replica/wait-for.ts";
import { boolean, integer, oneOf, real, string, uuid } from "../schema/atom.ts";
import { map, one, optional, set } from "../schema/column.ts";
import { bridgeTable, bridgeTables, openVSwitchTable, portTable } from "../schema/open-vswitch.ts";
import { defineTable, type Row, type Table } from "../schema/table.ts";
import { namedUuid } from "../schema/uuid.ts";
import { startOvs, type TestOvs } from "../testing/start-ovs.ts";
import {
  anyRow,
  byUuid,
  deleteRows,
  insert,
  insertInto,
  matching,
  mutate,
  type Operation,
  update,
} from "../transaction/operation.ts";
import { type OvsdbClient, ovsdbClient } from "./client.ts";

const run = promisify(execFile);
const soon = (): { readonly signal: AbortSignal } => ({ signal: AbortSignal.timeout(20_000) });

async function startClient(path: string, database: string, tables: readonly Table[]) {
  const client = ovsdbClient({
    path,
    database,
    tables,
    log: silentLogger,
    clock: systemClock,
    backOff: exponentialBackOff({ firstMs: 5, maxMs: 20, random: () => 0 }),
  });
  await client.start(AbortSignal.timeout(10_000));
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.stop() });
}

interface DumpedTable {
  readonly caption: string;
  readonly headings: readonly string[];
  readonly data: readonly (readonly unknown[])[];
}

/** The rows of a table as `ovsdb-client dump` reads them, in the form of our replica, by their uuid. */
async function dumped<T extends Table>(
  ovs: TestOvs,
  database: string,
  table: T,
): Promise<ReadonlyMap<string, Row<T>>> {
  const printed = await ovs.ovsdbClient("dump", "--format=json", database, table.name);
  const { headings, data } = JSON.parse(printed) as DumpedTable;
  const rows = data.map((cells) => {
    const of = (column: string): unknown => cells[headings.indexOf(column)];
    const columns = Object.entries(table.columns).map(([name, column]) => [
      name,
      column.decode(of(name)),
    ]);
    const id = uuid.decode(of("_uuid"));
    return [id, { uuid: id, ...Object.fromEntries(columns) } as Row<T>] as const;
  });
  return new Map(rows);
}

/** Holds what the replica says of these tables against another reader of the same database. */
async function assertSameAsDump(
  ovs: TestOvs,
  client: OvsdbClient,
  { database, tables }: { readonly database: string; readonly tables: readonly Table[] },
): Promise<void> {
  for (const table of tables)
    assert.deepEqual(
      new Map(client.replica.rows(table)),
      await dumped(ovs, database, table),
      table.name,
    );
}

const openVSwitch = { database: "Open_vSwitch", tables: bridgeTables };

test("ovsdbClient() and ovsdb-client dump read the same, after both have written", async () => {
  await using ovs = await startOvs();
  await using client = await startClient(ovs.socket, openVSwitch.database, openVSwitch.tables);
  await ovs.vsctl("add-br", "br0", "--", "add-port", "br0", "p1", "tag=7", "trunks=1,2");
  const { uuid: bridge } = await waitFor(
    client.replica,
    (r) => r.findBy(bridgeTable, "name", "br0"),
    soon(),
  );
  await client.transact(
    [
      update(bridgeTable, byUuid(bridge), { fail_mode: "secure", protocols: ["OpenFlow15"] }),
      mutate(bridgeTable, byUuid(bridge), [
        insertInto(bridgeTable, "external_ids", [
          ["quote", 'say "2"'],
          ["ü", "{}"],
        ]),
      ]),
      update(portTable, matching(portTable, { name: "p1" }), { tag: undefined }),
    ],
    soon(),
  );
  await assertSameAsDump(ovs, client, openVSwitch);
});

test("ovsdb-client transact writes what the replica then holds", async () => {
  await using ovs = await startOvs();
  await using client = await startClient(ovs.socket, openVSwitch.database, openVSwitch.tables);
  const operation = { op: "update", table: "Open_vSwitch", where: [], row: { next_cfg: 41 } };
  await ovs.ovsdbClient("transact", JSON.stringify(["Open_vSwitch", operation]));
  await waitFor(
    client.replica,
    (r) => (r.findOnly(openVSwitchTable)?.next_cfg === 41 ? true : undefined),
    soon(),
  );
  await assertSameAsDump(ovs, client, openVSwitch);
});

test("ovsdb-client monitor tells of each transaction of ours, once and wholly", async () => {
  await using ovs = await startOvs();
  await using client = await startClient(ovs.socket, openVSwitch.database, openVSwitch.tables);
  const what = [`unix:${ovs.socket}`, "Open_vSwitch", "Open_vSwitch", "next_cfg,system_type"];
  const monitor = spawn("ovsdb-client", ["monitor", "--format=json", ...what], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(monitor, "exit");
  try {
    const told = createInterface({ input: monitor.stdout })[Symbol.asyncIterator](); // a line each
    const next = async (): Promise<readonly (readonly unknown[])[]> => {
      const { value } = await told.next();
      return (JSON.parse(String(value)) as DumpedTable).data;
    };
    const [first] = await next();
    assert.equal(first?.[1], "initial");
    await client.transact(
      [update(openVSwitchTable, anyRow, { next_cfg: 7, system_type: "ours" })],
      soon(),
    );
    const rows = await next();
    assert.deepEqual(
      rows.map((cells) => cells.slice(1)),
      [
        ["old", 0, ["set", []]],
        ["new", 7, "ours"],
      ],
    );
  } finally {
    monitor.kill();
    await ended;
  }
});

/** Some tables of OVN's northbound database (ovn-nb(5)): another schema than the one that the client was made for. */
const switchTable = defineTable(
  "Logical_Switch",
  {
    name: one(string),
    ports: set(uuid),
    acls: set(uuid),
    qos_rules: set(uuid),
    external_ids: map(string, string),
  },
  { indexes: ["name"] },
);
const switchPortTable = defineTable(
  "Logical_Switch_Port",
  {
    name: one(string),
    addresses: set(string),
    enabled: optional(boolean),
    tag_request: optional(integer),
    dhcpv4_options: optional(uuid),
  },
  { indexes: ["name"] },
);
const directions = oneOf("from-lport", "to-lport");
const aclTable = defineTable("ACL", {
  priority: one(integer),
  direction: one(directions),
  match: one(string),
  action: one(oneOf("allow", "allow-related", "allow-stateless", "drop", "reject")),
  severity: optional(oneOf("alert", "warning", "notice", "info", "debug")),
  log: one(boolean),
});
const qosTable = defineTable("QoS", {
  priority: one(integer),
  direction: one(directions),
  match: one(string),
  action: map(oneOf("dscp"), integer),
  bandwidth: map(oneOf("rate", "burst"), integer),
});
const dhcpTable = defineTable("DHCP_Options", { cidr: one(string), options: map(string, string) });
const northbound = {
  database: "OVN_Northbound",
  tables: [switchTable, switchPortTable, aclTable, qosTable, dhcpTable],
};

async function startNorthbound() {
  const ovs = await startOvs({ schema: "/usr/share/ovn/ovn-nb.ovsschema" });
  const nbctl = async (...args: readonly string[]): Promise<string> =>
    (await run("ovn-nbctl", [`--db=unix:${ovs.socket}`, "--no-leader-only", ...args])).stdout;
  return Object.assign(ovs, { nbctl });
}

test("ovsdbClient() follows ovn-nbctl in OVN's northbound database", async () => {
  await using ovs = await startNorthbound();
  await using client = await startClient(ovs.socket, northbound.database, northbound.tables);
  await ovs.nbctl("ls-add", "sw0", "--", "lsp-add", "sw0", "p0");
  await ovs.nbctl("lsp-set-addresses", "p0", "0a:00:00:00:00:01 10.0.0.1", "unknown");
  await ovs.nbctl(
    "--",
    "lsp-set-enabled",
    "p0",
    "disabled",
    "--",
    "set",
    "logical_switch_port",
    "p0",
    "tag_request=9",
  );
  await ovs.nbctl("--severity=info", "--log", "acl-add", "sw0", "to-lport", "1001", "tcp", "drop");
  await ovs.nbctl("qos-add", "sw0", "from-lport", "7", "ip4", "dscp=32", "rate=1000", "burst=90");
  await ovs.nbctl(
    "--",
    "--id=@o",
    "create",
    "dhcp_options",
    "cidr=10.0.0.0/24",
    "options:mtu=1400",
    "--",
    "set",
    "logical_switch_port",
    "p0",
    "dhcpv4_options=@o",
  );
  const port = await waitFor(
    client.replica,
    (r) => {
      const found = r.findBy(switchPortTable, "name", "p0");
      return found?.dhcpv4_options ? found : undefined;
    },
    soon(),
  );
  assert.deepEqual(port.addresses, new Set(["0a:00:00:00:00:01 10.0.0.1", "unknown"]));
  assert.equal(port.enabled, false);
  assert.equal(port.tag_request, 9);
  assert.equal(client.replica.findBy(switchTable, "name", "sw0")?.ports.has(port.uuid), true);
  const { severity, log, direction } = client.replica.findOnly(aclTable) ?? {};
  assert.deepEqual([severity, log, direction], ["info", true, "to-lport"]);
  const qos = client.replica.findOnly(qosTable);
  assert.deepEqual(qos?.action, new Map([["dscp", 32]]));
  assert.deepEqual(
    qos?.bandwidth,
    new Map([
      ["burst", 90],
      ["rate", 1000],
    ]),
  );
  await assertSameAsDump(ovs, client, northbound);

  await ovs.nbctl("lsp-del", "p0", "--", "acl-del", "sw0", "--", "qos-del", "sw0");
  await waitFor(
    client.replica,
    (r) => (r.rows(aclTable).size + r.rows(qosTable).size === 0 ? true : undefined),
    soon(),
  );
  await assertSameAsDump(ovs, client, northbound);
});

test("ovn-nbctl reads what transact() wrote into OVN's northbound database", async () => {
  await using ovs = await startNorthbound();
  await using client = await startClient(ovs.socket, northbound.database, northbound.tables);
  const [port, acl] = [namedUuid("port"), namedUuid("acl")];
  await client.transact(
    [
      insert(switchPortTable, { name: "p1", addresses: ["dynamic"], enabled: true }, port),
      insert(
        aclTable,
        { priority: 5, direction: "from-lport", match: "udp", action: "allow-related" },
        acl,
      ),
      insert(switchTable, { name: "sw1", ports: [port], acls: [acl] }),
    ],
    soon(),
  );
  assert.match(
    await ovs.nbctl("show", "sw1"),
    /switch .* \(sw1\)\n\s+port p1\n\s+addresses: \["dynamic"\]/,
  );
  assert.match(await ovs.nbctl("acl-list", "sw1"), /from-lport\s+5 \(udp\) allow-related/);
  await assertSameAsDump(ovs, client, northbound);
});

/** A schema with every type that RFC 7047 section 3.2 has. */
const everyType = {
  name: "Every_Type",
  version: "1.0.0",
  tables: {
    Thing: {
      isRoot: true,
      columns: {
        whole: { type: "integer" },
        fraction: { type: "real" },
        truth: { type: "boolean" },
        words: { type: "string" },
        colour: { type: { key: { type: "string", enum: ["set", ["red", "blue"]] } } },
        maybe_fraction: { type: { key: "real", min: 0, max: 1 } },
        maybe_truth: { type: { key: "boolean", min: 0, max: 1 } },
        wholes: { type: { key: "integer", min: 0, max: "unlimited" } },
        fractions: { type: { key: "real", min: 0, max: "unlimited" } },
        by_number: { type: { key: "integer", value: "string", min: 0, max: "unlimited" } },
        by_word: { type: { key: "string", value: "real", min: 0, max: "unlimited" } },
        others: {
          type: {
            key: { type: "uuid", refTable: "Thing", refType: "weak" },
            min: 0,
            max: "unlimited",
          },
        },
      },
    },
  },
} as const;
const thingTable = defineTable("Thing", {
  whole: one(integer),
  fraction: one(real),
  truth: one(boolean),
  words: one(string),
  colour: one(oneOf("red", "blue")),
  maybe_fraction: optional(real),
  maybe_truth: optional(boolean),
  wholes: set(integer),
  fractions: set(real),
  by_number: map(integer, string),
  by_word: map(string, real),
  others: set(uuid),
});
const things = { database: everyType.name, tables: [thingTable] };

const word = fc.string({ unit: "grapheme", maxLength: 20 });
/** What the server prints of a double it prints with 15 digits: fewer are the same number again. */
const fraction = fc.integer({ min: -1e9, max: 1e9 }).map((n) => n / 1024);
const whole = fc.maxSafeInteger();
const thing = fc.record({
  whole,
  fraction,
  truth: fc.boolean(),
  words: word,
  colour: fc.constantFrom("red" as const, "blue" as const),
  maybe_fraction: fc.option(fraction, { nil: undefined }),
  maybe_truth: fc.option(fc.boolean(), { nil: undefined }),
  wholes: fc.uniqueArray(whole, { maxLength: 5 }),
  fractions: fc.uniqueArray(fraction, { maxLength: 5 }),
  by_number: fc.uniqueArray(fc.tuple(whole, word), { selector: ([key]) => key, maxLength: 4 }),
  by_word: fc.uniqueArray(fc.tuple(word, fraction), { selector: ([key]) => key, maxLength: 4 }),
});

test("ovsdbClient() and ovsdb-client read the same of every type, as rows come, change and go", async () => {
  const folder = await mkdtemp(join(tmpdir(), "antrea-schema-"));
  try {
    const schema = join(folder, "every-type.ovsschema");
    await writeFile(schema, JSON.stringify(everyType));
    await using ovs = await startOvs({ schema });
    await using client = await startClient(ovs.socket, things.database, things.tables);
    const values = fc.sample(thing, { numRuns: 60, seed: 7 });
    const [before, after] = [values.slice(0, 30), values.slice(30)];
    await client.transact(
      before.map((row) => insert(thingTable, row)),
      soon(),
    );
    await assertSameAsDump(ovs, client, things);

    const ids = [...client.replica.rows(thingTable).keys()];
    const changes = ids.map((id, i): Operation => {
      const others = ids.slice(0, i % 4);
      return update(thingTable, byUuid(id), { ...after[i], others });
    });
    await client.transact(changes, soon());
    await assertSameAsDump(ovs, client, things);

    // references to rows that go are weak, so the server takes them out of the others
    const gone = ids.slice(0, 2).flatMap((id) => deleteRows(thingTable, byUuid(id)));
    await client.transact(gone, soon());
    assert.equal(client.replica.rows(thingTable).size, ids.length - 2);
    await assertSameAsDump(ovs, client, things);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
