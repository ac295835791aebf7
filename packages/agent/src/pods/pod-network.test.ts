import assert from "node:assert/strict";
import { test } from "node:test";
import { node } from "@antrea/pipeline/testing";
import { parseCidr } from "@antrea/net";
import { cniRequest, fakeNode } from "../testing/pod-room.ts";
import { CniFailure } from "./pod-network.ts";

const signal = new AbortController().signal;
const cidr = (text: string) => parseCidr(text) ?? assert.fail(text);
const aNode = (podCidr = "10.244.1.0/24") => fakeNode(node(), [cidr(podCidr)]);

test("podNetwork().add() gives the Pod an address, a route by the gateway, a port and flows", async () => {
  const fake = aNode();
  const result = await fake.pods.add(cniRequest("ADD", "cart"), { signal });
  assert.deepEqual(result.ips, [
    { address: { address: "10.244.1.2", prefixLength: 24 }, interface: 1, gateway: "10.244.1.1" },
  ]);
  assert.deepEqual(result.routes, [
    { dst: { address: "0.0.0.0", prefixLength: 0 }, gw: "10.244.1.1" },
  ]);
  assert.equal(fake.ports.size, 1);
  assert.equal(fake.links.size, 1);
  assert.ok(fake.flows.size > 0);
});

test("podNetwork().add() of what is there already changes nothing and answers the same", async () => {
  const fake = aNode();
  const first = await fake.pods.add(cniRequest("ADD", "cart"), { signal });
  const second = await fake.pods.add(cniRequest("ADD", "cart"), { signal });
  assert.deepEqual(second, first);
  assert.equal(fake.ports.size, 1);
});

for (const kind of ["link", "port", "flows"] as const) {
  test(`podNetwork().add() leaves nothing behind when the ${kind} cannot be made`, async () => {
    const fake = aNode();
    fake.failNext(kind, "it is refused");
    await assert.rejects(fake.pods.add(cniRequest("ADD", "cart"), { signal }), (error: unknown) => {
      assert.ok(error instanceof CniFailure);
      assert.equal(error.error.code, 102);
      assert.match(error.error.details ?? "", /shop\/cart.*it is refused/);
      return true;
    });
    assert.deepEqual([fake.ports.size, fake.links.size, fake.flows.size], [0, 0, 0]);
    const result = await fake.pods.add(cniRequest("ADD", "cart"), { signal });
    assert.ok(result.ips);
  });
}

test("podNetwork().add() gives every one of many Pods at once an address of its own", async () => {
  const fake = aNode();
  const names = Array.from({ length: 50 }, (_, i) => `pod-${i}`);
  const results = await Promise.all(
    names.map((name) => fake.pods.add(cniRequest("ADD", name), { signal })),
  );
  const addresses = new Set(results.map(({ ips }) => ips?.[0]?.address.address));
  const ports = new Set(fake.all().map(({ ofPort }) => ofPort));
  assert.deepEqual([addresses.size, ports.size], [50, 50]);
});

test("podNetwork().add() says that the Pod CIDR is full, with CNI's code, and goes on when a Pod leaves", async () => {
  const fake = aNode("10.244.1.0/29");
  for (const name of ["a", "b", "c", "d", "e"])
    await fake.pods.add(cniRequest("ADD", name), { signal });
  await assert.rejects(fake.pods.add(cniRequest("ADD", "f"), { signal }), (error: unknown) => {
    assert.ok(error instanceof CniFailure);
    assert.equal(error.error.code, 101);
    assert.match(error.error.details ?? "", /10\.244\.1\.0\/29.*no free address.*5 are in use/);
    return true;
  });
  await fake.pods.remove(cniRequest("DEL", "c"), { signal });
  const result = await fake.pods.add(cniRequest("ADD", "f"), { signal });
  assert.equal(result.ips?.[0]?.address.address, "10.244.1.4");
});

test("podNetwork().remove() leaves nothing, twice and for what was never there too", async () => {
  const fake = aNode();
  await fake.pods.add(cniRequest("ADD", "cart"), { signal });
  await fake.pods.remove(cniRequest("DEL", "cart"), { signal });
  await fake.pods.remove(cniRequest("DEL", "cart"), { signal });
  await fake.pods.remove(cniRequest("DEL", "never"), { signal });
  assert.deepEqual([fake.ports.size, fake.links.size, fake.flows.size], [0, 0, 0]);
});

test("podNetwork().remove() of an old container keeps the flows of the Pod's new one", async () => {
  const fake = aNode();
  const old = { ...cniRequest("ADD", "cart-0"), containerId: "old" };
  const fresh = { ...cniRequest("ADD", "cart-0"), containerId: "new", netns: "/var/run/netns/new" };
  await fake.pods.add(old, { signal });
  await fake.pods.add(fresh, { signal });
  await fake.pods.remove(old, { signal });
  const [left] = fake.all();
  assert.equal(left?.containerId, "new");
  const flows = [...fake.flows.keys()].filter((key) => key.includes("in_port"));
  assert.ok(flows.length > 0);
});

test("podNetwork().remove() of an old container keeps the flows of one that is being connected", async () => {
  const fake = aNode();
  const old = { ...cniRequest("ADD", "cart-0"), containerId: "old" };
  const fresh = { ...cniRequest("ADD", "cart-0"), containerId: "new", netns: "/var/run/netns/new" };
  await fake.pods.add(old, { signal });
  fake.holdPorts();
  const added = fake.pods.add(fresh, { signal });
  await fake.pods.remove(old, { signal });
  fake.letPorts();
  await added;
  const [left] = fake.all();
  assert.equal(left?.containerId, "new");
  const flows = [...fake.flows.keys()].filter((key) => key.includes("in_port"));
  assert.ok(flows.length > 0, "the new container can speak");
});

test("podNetwork().check() finds an interface that is gone or changed", async () => {
  const fake = aNode();
  await fake.pods.add(cniRequest("ADD", "cart"), { signal });
  const check = cniRequest("CHECK", "cart", {
    prevResult: { ips: [{ address: "10.244.1.2/24" }] },
  });
  await fake.pods.check(check);
  const wrong = cniRequest("CHECK", "cart", {
    prevResult: { ips: [{ address: "10.244.1.9/24" }] },
  });
  await assert.rejects(fake.pods.check(wrong), /prevResult says 10\.244\.1\.9/);
  fake.links.clear();
  await assert.rejects(fake.pods.check(check), /eth0 is not in/);
});
