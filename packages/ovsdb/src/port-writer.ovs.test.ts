import assert from "node:assert/strict";
import { test } from "node:test";
import { changeLog, exponentialBackOff, silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { configure } from "./configure.ts";
import { isOvsdbError } from "./errors.ts";
import { ovsdbClient } from "./io/client.ts";
import { daemonControl } from "./io/unixctl.ts";
import type { DesiredPort, DesiredState } from "./plan/desired.ts";
import { planBridge } from "./plan/plan-bridge.ts";
import { portWriter } from "./port-writer.ts";
import {
  bridgeTable,
  bridgeTables,
  interfaceTable,
  openVSwitchTable,
  portTable,
} from "./schema/open-vswitch.ts";
import { waitFor } from "./replica/wait-for.ts";
import { startOvs } from "./testing/start-ovs.ts";
import { anyRow, type Operation, update } from "./transaction/operation.ts";

const owns: DesiredState["owns"] = (port) => port.external_ids.has("antrea-type");
const pod: DesiredPort = { interfaceType: "dummy", externalIds: { "antrea-type": "container" } };
const soon = () => ({ signal: AbortSignal.timeout(20_000) });

/** A real switch with an empty bridge br-int, a client, and a count of its transactions. */
async function bench() {
  const ovs = await startOvs({ hasSwitch: true });
  const client = ovsdbClient({
    path: ovs.socket,
    tables: bridgeTables,
    log: silentLogger,
    clock: systemClock,
    backOff: exponentialBackOff({ firstMs: 5, maxMs: 20, random: () => 0 }),
  });
  await client.start(soon().signal);
  const state: DesiredState = {
    bridge: {
      name: "br-int",
      datapathType: "dummy",
      failMode: "secure",
      protocols: ["OpenFlow15"],
    },
    ports: new Map(),
    owns,
  };
  await configure(client, planBridge(client.replica, state), soon());
  let transactions = 0;
  const counting = {
    replica: client.replica,
    transact: (operations: readonly Operation[], options: { readonly signal: AbortSignal }) => {
      transactions++;
      return client.transact(operations, options);
    },
  };
  return {
    ovs,
    client,
    state,
    writer: portWriter({ client: counting, desired: state, signal: soon().signal }),
    transactions: () => transactions,
    async [Symbol.asyncDispose]() {
      await client.stop();
      await ovs[Symbol.asyncDispose]();
    },
  };
}

test("portWriter().add() gives the interface with the port number asked for, and OVS agrees", async () => {
  await using b = await bench();
  const row = await b.writer.add("pod1", { ...pod, ofPortRequest: 42 }, soon());
  assert.equal(row.ofport, 42);
  assert.equal((await b.ovs.vsctl("get", "interface", "pod1", "ofport")).trim(), "42");
  assert.equal((await b.ovs.vsctl("iface-to-br", "pod1")).trim(), "br-int");
});

test("portWriter() puts what is asked for at once into few transactions", async () => {
  await using b = await bench();
  const names = Array.from({ length: 40 }, (_, i) => `pod${i}`);
  const rows = await Promise.all(names.map((name) => b.writer.add(name, pod, soon())));
  assert.equal(new Set(rows.map((r) => r.ofport)).size, 40);
  assert.equal(b.transactions(), 1);

  await Promise.all(names.map((name) => b.writer.remove(name, soon())));
  assert.equal(b.transactions(), 2);
  assert.equal((await b.ovs.vsctl("list-ports", "br-int")).trim(), "");
});

test("portWriter().add() of a port that is there changes it as desired and answers at once", async () => {
  await using b = await bench();
  const first = await b.writer.add("pod1", pod, soon());
  const again = await b.writer.add(
    "pod1",
    { ...pod, externalIds: { "antrea-type": "container", ip: "10.0.0.2" } },
    soon(),
  );
  assert.equal(again.ofport, first.ofport);
  assert.equal(
    b.client.replica.findBy(portTable, "name", "pod1")?.external_ids.get("ip"),
    "10.0.0.2",
  );
});

test("portWriter().relabel() rewrites what the port says of itself, and asks nothing of ovs-vswitchd", async () => {
  await using b = await bench();
  const port = { ...pod, ofPortRequest: 42 };
  await b.writer.add("pod1", port, soon());
  const configuration = () => b.client.replica.findOnly(openVSwitchTable)?.next_cfg;
  const before = configuration();

  await b.writer.relabel("pod1", { "antrea-type": "retired" }, soon());

  assert.match(await b.ovs.vsctl("get", "port", "pod1", "external_ids"), /antrea-type=retired/);
  assert.equal((await b.ovs.vsctl("get", "interface", "pod1", "ofport")).trim(), "42");
  assert.equal(configuration(), before);
  assert.deepEqual(await b.writer.resync(soon()), [], "it is what is wanted now");
  await b.writer.remove("pod1", soon());
  assert.equal((await b.ovs.vsctl("list-ports", "br-int")).trim(), "");
});

test("portWriter().relabel() of a port that is gone makes none", async () => {
  await using b = await bench();
  await b.writer.relabel("pod1", { "antrea-type": "retired" }, soon());
  assert.equal(b.transactions(), 0);
  assert.equal(b.writer.wanted.size, 0);
});

test("portWriter().add() fails with OVS's own words when there is no such device", async () => {
  await using b = await bench();
  const missing = b.writer.add("no-such-dev", { ...pod, interfaceType: "" }, soon());
  await assert.rejects(missing, (error) => {
    assert.ok(isOvsdbError(error, "interface-error"));
    assert.match(
      error.message,
      /interface no-such-dev: could not open network device.*No such device/,
    );
    return true;
  });
});

test("portWriter().add() waits for a device that is coming", async () => {
  await using b = await bench();
  const absent = { ...pod, interfaceType: "" };
  const adding = b.writer.add("pod1", absent, { ...soon(), isComing: true });
  await waitFor(
    b.client.replica,
    (replica) => replica.findBy(interfaceTable, "name", "pod1")?.error,
    soon(),
  );
  await b.ovs.vsctl("set", "interface", "pod1", "type=dummy"); // as if it had come
  const row = await adding;
  assert.ok((row.ofport ?? 0) > 0);
  assert.equal(row.error, undefined);
});

test("portWriter().add() of a device that is coming fails where something else is wrong", async () => {
  await using b = await bench();
  const odd = b.writer.add(
    "pod1",
    { ...pod, interfaceType: "no-such-type" },
    { ...soon(), isComing: true },
  );
  await assert.rejects(odd, (error) => isOvsdbError(error, "interface-error"));
});

test("portWriter().add() judges by what OVS did now, not by an error of an earlier try", async () => {
  await using b = await bench();
  await assert.rejects(b.writer.add("pod1", { ...pod, interfaceType: "" }, soon()));
  const row = await b.writer.add("pod1", pod, soon());
  assert.ok((row.ofport ?? 0) > 0);
  assert.equal(row.error, undefined);
});

test("portWriter() lets one bad request fail without the others", async () => {
  await using b = await bench();
  await b.ovs.vsctl(
    "add-br",
    "br-other",
    "--",
    "set",
    "bridge",
    "br-other",
    "datapath_type=dummy",
    "--",
    "add-port",
    "br-other",
    "theirs",
    "--",
    "set",
    "interface",
    "theirs",
    "type=dummy",
  );
  const requests = ["pod1", "theirs", "pod2"].map((name) => b.writer.add(name, pod, soon()));
  const tooLarge = b.writer.add("pod3", { ...pod, ofPortRequest: 99_999 }, soon());
  const outcomes = await Promise.allSettled([...requests, tooLarge]);
  assert.deepEqual(
    outcomes.map((o) => o.status),
    ["fulfilled", "rejected", "fulfilled", "rejected"],
  );
  assert.ok(isOvsdbError((outcomes[1] as PromiseRejectedResult).reason, "port-elsewhere"));
  assert.ok(isOvsdbError((outcomes[3] as PromiseRejectedResult).reason, "refused"));
});

test("portWriter() does what is asked of one name in the order asked", async () => {
  await using b = await bench();
  const added = b.writer.add("pod1", pod, soon());
  const removed = b.writer.remove("pod1", soon());
  const addedAgain = b.writer.add("pod1", { ...pod, ofPortRequest: 7 }, soon());
  await Promise.allSettled([added, removed]);
  assert.equal((await addedAgain).ofport, 7);
});

test("portWriter().add() ends with its signal while ovs-vswitchd is away, and works when it is back", async () => {
  await using b = await bench();
  await b.ovs.stopSwitch("SIGKILL");
  const impatient = new AbortController();
  const first = b.writer.add("pod1", pod, { signal: impatient.signal });
  const patient = b.writer.add("pod2", pod, soon());
  impatient.abort(new Error("enough"));
  await assert.rejects(first, /enough/);
  await b.ovs.startSwitch();
  assert.ok(((await patient).ofport ?? 0) > 0);
});

test("portWriter() says that there is no bridge", async () => {
  await using b = await bench();
  await b.ovs.vsctl("del-br", "br-int");
  await b.client.transact([], soon());
  await assert.rejects(b.writer.add("pod1", pod, soon()), /no bridge br-int/);
  await b.writer.remove("pod1", soon());
});

test("planBridge() is accepted by the real server, sends nothing twice, and mends what hands changed", async () => {
  await using b = await bench();
  const ports = new Map<string, DesiredPort>([
    [
      "gw",
      {
        interfaceType: "dummy",
        ofPortRequest: 2,
        mtuRequest: 1400,
        externalIds: { "antrea-type": "gateway" },
      },
    ],
    [
      "tun",
      {
        interfaceType: "geneve",
        options: { remote_ip: "flow", key: "flow" },
        ofPortRequest: 1,
        externalIds: { "antrea-type": "tunnel" },
      },
    ],
  ]);
  const wanted: DesiredState = {
    bridge: {
      ...b.state.bridge,
      flowTableNames: new Map([
        [0, "Classifier"],
        [7, "Output"],
      ]),
      otherConfig: { "mac-table-size": "100" },
      isMulticastSnooping: true,
    },
    ports,
    owns,
  };
  await configure(b.client, planBridge(b.client.replica, wanted), soon());
  assert.deepEqual(planBridge(b.client.replica, wanted), []);
  assert.equal(b.client.replica.findBy(interfaceTable, "name", "tun")?.ofport, 1);

  await b.ovs.vsctl(
    "del-port",
    "gw",
    "--",
    "set",
    "interface",
    "tun",
    "type=vxlan",
    "--",
    "clear",
    "bridge",
    "br-int",
    "flow_tables",
    "fail_mode",
    "--",
    "add-port",
    "br-int",
    "stray",
    "--",
    "set",
    "port",
    "stray",
    "external_ids:antrea-type=container",
    "--",
    "add-port",
    "br-int",
    "foreign",
  );
  await b.client.transact([], soon());
  await configure(b.client, planBridge(b.client.replica, wanted), soon());
  assert.deepEqual(planBridge(b.client.replica, wanted), []);
  assert.deepEqual((await b.ovs.vsctl("list-ports", "br-int")).trim().split("\n"), [
    "foreign",
    "gw",
    "tun",
  ]);
  assert.equal((await b.ovs.vsctl("get", "bridge", "br-int", "fail_mode")).trim(), "secure");
  assert.equal(b.client.replica.findBy(interfaceTable, "name", "tun")?.type, "geneve");
});

test("planBridge() guards against a bridge that vanishes between the look and the transaction", async () => {
  await using b = await bench();
  const operations = planBridge(b.client.replica, { ...b.state, ports: new Map([["pod1", pod]]) });
  await b.ovs.vsctl("del-br", "br-int");
  await assert.rejects(b.client.transact(operations, soon()), (error) =>
    isOvsdbError(error, "refused"),
  );
  assert.equal(b.client.replica.rows(bridgeTable).size, 0);
});

test("configure() resolves when ovs-vswitchd has acted, and not before", async () => {
  await using b = await bench();
  await b.ovs.stopSwitch();
  let isDone = false;
  const done = configure(
    b.client,
    [update(openVSwitchTable, anyRow, { other_config: [["a", "b"]] })],
    soon(),
  ).then(() => {
    isDone = true;
  });
  await b.client.transact([], soon());
  assert.equal(isDone, false);
  await b.ovs.startSwitch();
  await done;
});

test("daemonControl() traces packets, and finds the daemon again after a restart", async () => {
  await using b = await bench();
  const control = daemonControl(b.ovs.runDir, "ovs-vswitchd");
  const trace = await control.call("ofproto/trace", ["br-int", "in_port=LOCAL"], soon());
  assert.match(trace, /Datapath actions: drop/);
  await assert.rejects(
    control.call("ofproto/trace", ["br-no", "in_port=1"], soon()),
    /ofproto\/trace failed: br-no: unknown bridge$/,
  );
  await b.ovs.stopSwitch("SIGKILL");
  await b.ovs.startSwitch();
  assert.match(await control.call("version", [], soon()), /ovs-vswitchd \(Open vSwitch\)/);
});

test("portWriter().resync() puts back what others changed of the bridge, and tells what it was", async () => {
  await using b = await bench();
  const changes = changeLog(systemClock);
  const fixed = new Map([["tun", { ...pod, mtuRequest: 1400 }]]);
  const writer = portWriter({
    client: b.client,
    desired: { ...b.state, ports: fixed },
    signal: soon().signal,
    changes,
  });
  const told = () => writer.resync(soon());
  assert.deepEqual(await told(), ["+ Port tun"]);
  await writer.add("pod", { ...pod, ofPortRequest: 7 }, soon());
  await writer.add("gone", pod, soon());
  await writer.remove("gone", soon());
  assert.deepEqual(await told(), []);

  const vsctl = (...args: readonly string[]) => b.ovs.vsctl(...args);
  await vsctl("add-port", "br-int", "foreign", "--", "set", "Interface", "foreign", "type=dummy");
  await vsctl("set", "Interface", "tun", "mtu_request=900");
  await vsctl("set", "Bridge", "br-int", "fail_mode=standalone");
  await vsctl("del-port", "pod");
  await waitFor(
    b.client.replica,
    (r) => (r.findBy(portTable, "name", "pod") ? undefined : true),
    soon(),
  );
  assert.deepEqual((await told()).toSorted(), [
    "+ Port pod",
    "~ Bridge br-int fail_mode",
    "~ Interface tun mtu_request",
  ]);
  const back = await waitFor(
    b.client.replica,
    (replica) => {
      const row = replica.findBy(interfaceTable, "name", "pod");
      return row?.ofport === 7 ? row : undefined;
    },
    soon(),
  );
  assert.equal(back.ofport, 7);
  assert.ok(b.client.replica.findBy(portTable, "name", "foreign"), "what is not ours stays");

  await vsctl("del-br", "br-int");
  await waitFor(
    b.client.replica,
    (r) => (r.findBy(portTable, "name", "pod") ? undefined : true),
    soon(),
  );
  assert.deepEqual((await told()).toSorted(), [
    "+ Bridge br-int",
    "+ Port br-int",
    "+ Port pod",
    "+ Port tun",
  ]);
  assert.deepEqual(await told(), []);
  const found = changes.records().filter(({ cause }) => cause === "found");
  assert.deepEqual(
    found.map(({ kind, added, outcome }) => [kind, added, outcome]),
    [
      ["bridge", 1, "confirmed"],
      ["bridge", 1, "confirmed"],
      ["bridge", 4, "confirmed"],
    ],
  );
});
