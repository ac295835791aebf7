import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type CniRequest,
  formatCniReply,
  formatCniRequest,
  parseCniReply,
  parseCniRequest,
  pendingDelPath,
  requestOf,
} from "./message.ts";

const attachment = {
  containerId: "a1b2c3",
  netns: "/var/run/netns/x",
  ifname: "eth0",
  args: { K8S_POD_NAME: "web-1", K8S_POD_NAMESPACE: "shop" },
};
const config = {
  cniVersion: "1.1.0",
  name: "antrea",
  type: "antrea",
  ipam: { type: "host-local" },
};

function request(command: CniRequest["command"], more: object = {}): CniRequest {
  const parsed = requestOf(command, { ...config, ...more }, attachment);
  assert.ok(parsed.value, JSON.stringify(parsed.error));
  return parsed.value;
}

test("parseCniRequest() reads what formatCniRequest() wrote, for every command", () => {
  const requests = [
    request("ADD"),
    request("DEL"),
    request("CHECK", { prevResult: { ips: [{ address: "10.10.1.5/24" }] } }),
    request("STATUS"),
    request("GC", { "cni.dev/valid-attachments": [{ containerID: "a", ifname: "eth0" }] }),
  ];
  for (const one of requests) {
    const line = formatCniRequest(one);
    assert.equal(line.indexOf("\n"), line.length - 1);
    assert.deepEqual(parseCniRequest(line), { value: one });
  }
  const gc = requests[4];
  assert.ok(gc?.command === "GC");
  assert.deepEqual(gc.validAttachments, [{ containerId: "a", ifname: "eth0" }]);
});

test("requestOf() holds the commands to the versions that have them", () => {
  const codeOf = (command: CniRequest["command"], cniVersion?: string, more = {}) =>
    requestOf(
      command,
      { name: "antrea", ...(cniVersion ? { cniVersion } : {}), ...more },
      attachment,
    ).error?.code;
  assert.equal(codeOf("ADD", "0.3.0"), undefined);
  assert.equal(codeOf("ADD", "0.2.0"), 1);
  assert.equal(codeOf("ADD", "2.0.0"), 1);
  assert.equal(codeOf("ADD"), 1);
  assert.equal(codeOf("CHECK", "0.3.1", { prevResult: {} }), 1);
  assert.equal(codeOf("CHECK", "0.4.0", { prevResult: {} }), undefined);
  assert.equal(codeOf("CHECK", "0.4.0"), 7);
  assert.equal(codeOf("GC", "1.0.0"), 1);
  assert.equal(codeOf("STATUS", "1.1.0"), undefined);
  assert.equal(codeOf("GC", "1.1.0", { "cni.dev/valid-attachments": 3 }), 7);
  assert.equal(codeOf("ADD", "1.1.0", { name: "-x" }), 7);
  assert.equal(codeOf("ADD", "1.1.0", { mtu: "big" }), 7);
  assert.equal(codeOf("ADD", "1.1.0", { prevResult: { ips: 1 } }), 7);
  assert.equal(requestOf("ADD", config).error?.code, 4);
});

test("parseCniReply() reads what formatCniReply() wrote", () => {
  for (const reply of [
    { kind: "done" },
    { kind: "done", result: { interfaces: [{ name: "eth0" }], dns: {} } },
    { kind: "failed", error: { code: 101, msg: "No address", details: "All are taken." } },
  ] as const) {
    assert.deepEqual(parseCniReply(formatCniReply(reply)), reply);
  }
});

test("parseCniRequest() and parseCniReply() refuse another protocol version and say who must be updated", () => {
  const newer = formatCniRequest(request("ADD")).replace('"protocol":1', '"protocol":2');
  assert.equal(parseCniRequest(newer).error?.code, 202);
  const reply = parseCniReply('{"protocol":2,"kind":"done"}');
  assert.ok(reply.kind === "failed" && reply.error.code === 202);
});

test("parseCniRequest() and parseCniReply() answer whatever they are given with an error, never a throw", () => {
  const line = formatCniRequest(request("ADD"));
  for (let end = 0; end < line.length - 1; end++) {
    assert.equal(parseCniRequest(line.slice(0, end)).error?.code, 6);
    assert.equal(parseCniReply(line.slice(0, end)).kind, "failed");
  }
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      assert.ok(parseCniRequest(text).error);
      assert.equal(parseCniReply(text).kind, "failed");
    }),
  );
  const mutated = fc
    .tuple(
      fc.constantFrom("protocol", "command", "containerId", "netns", "ifname", "args", "config"),
      fc.jsonValue(),
    )
    .map(([key, value]) => JSON.stringify({ ...JSON.parse(line), [key]: value }));
  fc.assert(
    fc.property(mutated, (text) => {
      const parsed = parseCniRequest(text);
      if (parsed.value) assert.deepEqual(parseCniRequest(formatCniRequest(parsed.value)), parsed);
    }),
  );
});

test("pendingDelPath() stays in its folder whatever the container is called", () => {
  assert.equal(pendingDelPath(attachment, "/x"), "/x/a1b2c3-eth0.json");
  const outside = { ...JSON.parse(formatCniRequest(request("DEL"))), containerId: "../a" };
  assert.equal(parseCniRequest(JSON.stringify(outside)).error?.code, 4);
});
