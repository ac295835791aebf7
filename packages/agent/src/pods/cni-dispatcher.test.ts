import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type AttachmentRequest, formatCniRequest, pendingDelPath } from "@antrea/api/cni";
import { silentLogger } from "@antrea/base";
import { parseCidr } from "@antrea/net";
import { node } from "@antrea/pipeline/testing";
import { cniRequest, type FakeNode, fakeNode } from "../testing/pod-room.ts";
import { cniDispatcher, type NotReady } from "./cni-dispatcher.ts";
import { pendingDels } from "./io/pending-dels.ts";

interface Desk {
  readonly fake: FakeNode;
  readonly folder: string;
  ask(request: AttachmentRequest): Promise<number>;
  /** A command without attachment; gives the error's code, 0 for success. */
  command(command: "STATUS" | "GC", more?: object): Promise<number>;
  leaveWord(request: AttachmentRequest): string;
  removePending(): Promise<void>;
  state: NotReady | undefined;
}

function desk(t: TestContext, podCidr = "10.244.1.0/24"): Desk {
  const folder = mkdtempSync(join(tmpdir(), "antrea-pending-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const fake = fakeNode(node(), [parseCidr(podCidr) ?? assert.fail(podCidr)]);
  const dispatcher = cniDispatcher({
    network: fake.pods,
    pods: fake.all,
    pending: pendingDels(folder, silentLogger),
    notReady: () => self.state,
    onCall: () => {},
    now: () => 0,
    log: silentLogger,
  });
  const codeOf = async (line: string): Promise<number> => {
    const reply = await dispatcher.answer(line);
    return reply.kind === "failed" ? reply.error.code : 0;
  };
  const self: Desk = {
    fake,
    folder,
    state: undefined,
    ask: (request) => codeOf(formatCniRequest(request)),
    command: (command, more = {}) => {
      const config = { cniVersion: "1.1.0", name: "antrea", type: "antrea", ...more };
      return codeOf(JSON.stringify({ protocol: 1, command, config }));
    },
    leaveWord(request) {
      const file = pendingDelPath(request, folder);
      writeFileSync(file, formatCniRequest(request));
      return file;
    },
    removePending: dispatcher.removePending,
  };
  return self;
}

const names = ({ fake }: Desk) => fake.all().map(({ podName }) => podName);
const validKey = (name: string) => ({ containerID: `container-${name}`, ifname: "eth0" });

test("cniDispatcher() connects 50 Pods that are asked for at once, each with an address of its own", async (t) => {
  const all = desk(t);
  const pods = Array.from({ length: 50 }, (_, i) => `pod-${i}`);
  const codes = await Promise.all(pods.map((name) => all.ask(cniRequest("ADD", name))));
  assert.deepEqual(new Set(codes), new Set([0]));
  assert.equal(new Set(all.fake.all().flatMap(({ addresses }) => addresses)).size, 50);
});

test("cniDispatcher() does GC of attachments that are not listed, and of the asked network only", async (t) => {
  const all = desk(t);
  for (const name of ["kept", "stale"]) await all.ask(cniRequest("ADD", name));
  await all.ask(cniRequest("ADD", "elsewhere", { name: "podman" }));
  const more = { "cni.dev/valid-attachments": [validKey("kept")] };
  assert.equal(await all.command("GC", more), 0);
  assert.deepEqual(names(all).sort(), ["elsewhere", "kept"]);
  assert.equal(all.fake.links.size, 2);
});

test("cniDispatcher() leaves an ADD alone that is under way while a GC does not know of it", async (t) => {
  const all = desk(t);
  all.fake.holdPorts();
  const added = all.ask(cniRequest("ADD", "fresh"));
  assert.equal(await all.command("GC", { "cni.dev/valid-attachments": [] }), 0);
  all.fake.letPorts();
  assert.equal(await added, 0);
  assert.deepEqual([names(all), all.fake.links.size], [["fresh"], 1]);
});

test("cniDispatcher() goes on with a GC where one attachment cannot be removed, and says so", async (t) => {
  const all = desk(t);
  for (const name of ["a", "b", "c"]) await all.ask(cniRequest("ADD", name));
  all.fake.failNext("removal", "the database is away");
  assert.equal(await all.command("GC"), 5);
  assert.equal(all.fake.ports.size, 1);
  assert.equal(await all.command("GC"), 0);
  assert.equal(all.fake.ports.size, 0);
});

test("cniDispatcher() does the DEL that was left behind before an ADD of the same attachment", async (t) => {
  const all = desk(t);
  await all.ask(cniRequest("ADD", "cart"));
  const file = all.leaveWord(cniRequest("DEL", "cart"));
  assert.equal(await all.ask(cniRequest("ADD", "cart")), 0);
  assert.equal(existsSync(file), false);
  await all.removePending();
  assert.deepEqual(names(all), ["cart"], "the new attachment stays");
});

test("cniDispatcher() does DELs that were left behind, and forgets what it cannot read", async (t) => {
  const all = desk(t);
  await all.ask(cniRequest("ADD", "cart"));
  all.leaveWord(cniRequest("DEL", "cart"));
  const broken = join(all.folder, "x.json");
  writeFileSync(broken, "{");
  await all.removePending();
  assert.deepEqual([names(all), existsSync(broken)], [[], false]);
});

test("cniDispatcher() answers STATUS with the specification's codes", async (t) => {
  const all = desk(t, "10.244.1.0/30");
  assert.equal(await all.command("STATUS"), 0);
  all.state = { reason: "The database is away.", concernsAll: false };
  assert.equal(await all.command("STATUS"), 50);
  all.state = { reason: "The switch is away.", concernsAll: true };
  assert.equal(await all.command("STATUS"), 51);
  all.state = undefined;
  assert.equal(await all.ask(cniRequest("ADD", "only")), 0);
  assert.equal(await all.command("STATUS"), 50, "no address is left");
});

test("cniDispatcher() refuses ADD and CHECK while Open vSwitch is away, and still deletes", async (t) => {
  const all = desk(t);
  await all.ask(cniRequest("ADD", "cart"));
  all.state = { reason: "The switch is away.", concernsAll: true };
  assert.equal(await all.ask(cniRequest("ADD", "more")), 11);
  assert.equal(await all.ask(cniRequest("CHECK", "cart", { prevResult: { ips: [] } })), 11);
  assert.equal(await all.ask(cniRequest("DEL", "cart")), 0);
  assert.deepEqual(names(all), []);
});

test("cniDispatcher() refuses an IPAM plugin that it would have to call", async (t) => {
  assert.equal(await desk(t).ask(cniRequest("ADD", "cart", { ipam: { type: "dhcp" } })), 7);
});

test("cniDispatcher() takes the word of a DEL that is asked for once more: its plugin was killed before it could ask here", async (t) => {
  const all = desk(t);
  await all.ask(cniRequest("ADD", "cart"));
  const file = all.leaveWord(cniRequest("DEL", "cart"));
  assert.equal(await all.ask(cniRequest("DEL", "cart")), 0);
  assert.deepEqual([names(all), existsSync(file)], [[], false]);
});
