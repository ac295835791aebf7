import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { LabError } from "../errors.ts";
import { cleanLab } from "../io/clean.ts";
import { type Lab, openRecordedLab } from "../io/lab.ts";
import { bootId } from "../io/living.ts";
import { planHere, stateRoot } from "../io/places.ts";
import { findProcess } from "../io/process-table.ts";
import { waitFor } from "../io/wait.ts";
import { resolveOptions } from "../options.ts";
import { parsePing, pingArgv } from "../ping.ts";
import { createRecord, type RecordFile } from "../record/io/record-file.ts";
import { ownStateRoot } from "../testing/command-line.ts";
import { buildFabric } from "./io/build-fabric.ts";

// The network alone, without a cluster on it: node-1 and node-2 in subnet-1, node-3 in subnet-2.
await ownStateRoot();
let record: RecordFile;
let lab: Lab;

before(async () => {
  const options = resolveOptions({ name: `fabric-${process.pid}`, nodes: 3, subnets: 2 });
  const planned = await planHere(options);
  // Without programs on them the Nodes need no mount namespace.
  const nodes = planned.nodes.map((n) => ({ ...n, namespaces: { net: n.namespaces.net } }));
  const starter = findProcess(process.pid);
  assert.ok(starter);
  record = createRecord({
    version: 1,
    id: randomUUID(),
    phase: "up",
    starter,
    bootId: bootId(),
    createdAt: new Date().toISOString(),
    options,
    plan: { ...planned, nodes },
    components: [],
  });
  await buildFabric(record.get().plan, { offloads: false });
  lab = openRecordedLab(record);
});
after(() => cleanLab(record, stateRoot()));

/** Whether one ping from a Node reaches an address; more arguments go to ping(8). */
async function reaches(
  from: string,
  address: string,
  ...more: readonly string[]
): Promise<boolean> {
  const argv = ["ping", "-c", "1", "-W", "1", ...more, address] as const;
  return (await lab.node(from).attempt([...argv])).exitCode === 0;
}

test("the fabric connects Nodes of one subnet, of two, the control plane and the outside", async () => {
  for (const to of [lab.node("node-2"), lab.node("node-3"), lab.controlPlane, lab.outside])
    assert.ok(await reaches("node-1", to.address), `node-1 reaches ${to.name}`);
});

test("the router drops Pod addresses, to and from, until it has a route", async () => {
  const pod = "10.244.7.5";
  await lab.node("node-3").exec(["ip", "address", "add", `${pod}/32`, "dev", "lo"]);
  assert.equal(await reaches("node-1", pod), false);
  assert.equal(await reaches("node-3", lab.node("node-1").address, "-I", pod), false);
  assert.equal(await reaches("node-3", lab.outside.address, "-I", pod), false);

  await lab.fabric.addRoute("10.244.7.0/24", "node-3");
  assert.deepEqual(await lab.fabric.listRoutes(), [
    { cidr: "10.244.7.0/24", via: lab.node("node-3").address, node: "node-3" },
  ]);
  assert.ok(await reaches("node-1", pod));
  assert.ok(await reaches("node-3", lab.outside.address, "-I", pod));

  await lab.fabric.removeRoute("10.244.7.0/24");
  assert.equal(await reaches("node-1", pod), false);
  await assert.rejects(lab.fabric.removeRoute("10.244.7.0/24"), LabError);
});

test("setLink() pulls and plugs the cable of a Node and of a subnet", async () => {
  const [near, far] = [lab.node("node-2").address, lab.node("node-3").address];
  await lab.fabric.setLink("node-2", "down");
  assert.equal(await reaches("node-1", near), false);
  await lab.fabric.setLink("node-2", "up");
  await lab.fabric.setLink("subnet-2", "down");
  await becomes(() => reaches("node-1", near));
  assert.equal(await reaches("node-1", far), false);
  await lab.fabric.setLink("subnet-2", "up");
  await becomes(() => reaches("node-1", far));
});

test("setLoss() loses about the share it is told, and nothing once it is 0", async () => {
  const address = lab.node("node-2").address;
  const lost = async () => {
    const argv = pingArgv(address, { count: 200, everyMs: 2 });
    return parsePing((await lab.node("node-1").attempt(argv)).stdout, 200).received;
  };
  await lab.fabric.setLoss("node-2", 30);
  const received = await lost(); // each way loses 30 %: about 98 of 200 come back
  assert.ok(received > 50 && received < 150, `${received} of 200 came back`);
  const links = await lab.fabric.show();
  assert.equal(links.find((link) => link.host === "node-2")?.lossPercent, 30);
  await lab.fabric.setLoss("node-2", 100);
  assert.equal(await reaches("node-1", address), false);
  await lab.fabric.setLoss("node-2", 0);
  assert.equal(await lost(), 200);
});

test("setMtu() tells the Nodes, or with wireOnly lets the wire swallow what they still send", async () => {
  const ping1472 = () => reaches("node-1", lab.node("node-2").address, "-M", "do", "-s", "1472");
  assert.ok(await ping1472());
  await lab.fabric.setMtu("subnet-1", 1400, { wireOnly: true });
  assert.match(await lab.node("node-1").exec(["ip", "link", "show", "eth0"]), /mtu 1500/);
  assert.equal(await ping1472(), false);
  await lab.fabric.setMtu("subnet-1", 9000);
  assert.match(await lab.node("node-1").exec(["ip", "link", "show", "eth0"]), /mtu 9000/);
  assert.ok(await reaches("node-1", lab.node("node-2").address, "-M", "do", "-s", "8972"));
});

test("capture() sees what passes the links of the fabric", async () => {
  await using capture = await lab.capture({ filter: "icmp" });
  assert.ok(await reaches("node-1", lab.node("node-3").address));
  const { address } = lab.node("node-1");
  await becomes(() => capture.seen().some((p) => p.inner?.source === address));
});

test("fabric commands refuse unknown names with the nearest one", async () => {
  await assert.rejects(lab.fabric.setLink("nod-2", "down"), /did you mean node-2\?/);
  await assert.rejects(lab.fabric.setMtu("subnet-9", 1500), /one of subnet-1, subnet-2/);
  await assert.rejects(lab.fabric.addRoute("10.244.7.1/24", "node-1"), /host bits zero/);
  await assert.rejects(lab.fabric.addRoute("172.30.1.0/24", "node-1"), /overlaps/);
});

async function becomes(probe: () => boolean | Promise<boolean>): Promise<void> {
  await waitFor(async () => (await probe()) || undefined, {
    what: "the fabric to settle",
    timeoutMs: 10_000,
    remedy: "look at the test",
  });
}
