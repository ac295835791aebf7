import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCniResult } from "@antrea/api/cni";
import { parseCidr, parseIp } from "@antrea/net";
import { formatMatch } from "@antrea/openflow/flow";
import { node } from "@antrea/pipeline/testing";
import { carriersIn, cniRequest, fakeNode } from "../testing/pod-room.ts";
import { CniFailure } from "./cni-failure.ts";
import { retiredExternalIds } from "./interface-store.ts";

const signal = new AbortController().signal;
/** Lets everything that waits for nothing come to rest. */
const flushed = () => new Promise((resolve) => setImmediate(resolve));
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

test("podNetwork().add() of what is there already is refused and changes nothing", async () => {
  const fake = aNode();
  await fake.pods.add(cniRequest("ADD", "cart"), { signal });
  const before = [...fake.flows.keys()];
  await assert.rejects(
    fake.pods.add(cniRequest("ADD", "cart"), { signal }),
    /container-cart has its interface eth0 .* already/,
  );
  assert.deepEqual([fake.ports.size, fake.links.size, [...fake.flows.keys()]], [1, 1, before]);
});

test("podNetwork().add() makes anew what an agent that died left half made", async () => {
  const fake = aNode();
  await fake.pods.add(cniRequest("ADD", "cart"), { signal });
  fake.links.clear();
  await fake.pods.add(cniRequest("ADD", "cart"), { signal });
  assert.deepEqual([fake.ports.size, fake.links.size], [1, 1]);
});

test("podNetwork().add() answers with what came before it in the chain, then its own", async () => {
  const fake = aNode();
  const prevResult = {
    cniVersion: "1.0.0",
    interfaces: [{ name: "net1", sandbox: "/var/run/netns/cart" }],
    ips: [{ address: "192.0.2.7/24", interface: 0 }],
    routes: [{ dst: "192.0.2.0/24" }],
    dns: { nameservers: ["192.0.2.53"] },
  };
  const result = await fake.pods.add(cniRequest("ADD", "cart", { prevResult }), { signal });
  assert.deepEqual(
    result.interfaces?.map(({ name }) => name),
    ["net1", fake.all()[0]?.hostName, "eth0"],
  );
  assert.deepEqual(
    result.ips?.map((ip) => [ip.address.address, ip.interface]),
    [
      ["192.0.2.7", 0],
      ["10.244.1.2", 2],
    ],
  );
  assert.equal(result.routes?.length, 2);
  assert.deepEqual(result.dns, { nameservers: ["192.0.2.53"] });
});

test("podNetwork().add() hands the configuration's DNS settings on", async () => {
  const dns = { nameservers: ["10.96.0.10"], search: ["svc.cluster.local"] };
  const result = await aNode().pods.add(cniRequest("ADD", "cart", { dns }), { signal });
  assert.deepEqual(result.dns, dns);
});

test("podNetwork() keeps containers apart whose IDs begin alike and whose Pod nobody names", async () => {
  const fake = aNode();
  const nameless = (containerId: string) => ({
    ...cniRequest("ADD", containerId),
    containerId,
    args: {},
  });
  const [one, two] = [nameless("cnitool-0123456789-a"), nameless("cnitool-0123456789-b")];
  await fake.pods.add(one, { signal });
  const ofOne = [...fake.flows.keys()];
  await fake.pods.add(two, { signal });
  for (const key of ofOne) assert.ok(fake.flows.has(key), key);
  await fake.pods.remove(two, { signal });
  await fake.pods.removeOrphans({ signal });
  assert.deepEqual([...fake.flows.keys()].sort(), ofOne.sort());
});

test("podNetwork().remove() of a new container gives the Pod's old one its flows back", async () => {
  const fake = aNode();
  const old = { ...cniRequest("ADD", "cart-0"), containerId: "old" };
  const fresh = { ...cniRequest("ADD", "cart-0"), containerId: "new", netns: "/var/run/netns/new" };
  await fake.pods.add(old, { signal });
  const ofOld = [...fake.flows.keys()].sort();
  await fake.pods.add(fresh, { signal });
  await fake.pods.remove(fresh, { signal });
  await fake.pods.removeOrphans({ signal });
  assert.deepEqual([...fake.flows.keys()].sort(), ofOld);
  await fake.pods.remove(old, { signal });
  await fake.pods.removeOrphans({ signal });
  assert.equal(fake.flows.size, 0);
});

test("podNetwork().removeOrphans() removes links without a port, but not of an ADD that is under way", async () => {
  const fake = aNode();
  await fake.pods.add(cniRequest("ADD", "cart"), { signal });
  await fake.pods.add(cniRequest("ADD", "lost"), { signal });
  const lost = fake.all().find(({ podName }) => podName === "lost");
  fake.ports.delete(lost?.hostName ?? "");
  fake.holdPorts();
  const added = fake.pods.add(cniRequest("ADD", "shop"), { signal });
  await fake.pods.removeOrphans({ signal });
  fake.letPorts();
  await added;
  assert.deepEqual([...fake.links.keys()].sort(), [...fake.ports.keys()].sort());
  assert.equal(fake.links.size, 2);
});

for (const kind of ["link", "setting up", "port", "flows"] as const) {
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

test("podNetwork().remove() removes the link of an attachment that has no port", async () => {
  const fake = aNode();
  await fake.pods.add(cniRequest("ADD", "cart"), { signal });
  for (const name of [...fake.ports.keys()]) fake.ports.delete(name);
  await fake.pods.remove(cniRequest("DEL", "cart"), { signal });
  assert.equal(fake.links.size, 0);
});

test("podNetwork().add() leaves no link where not even its port can be taken back, as on a full disk", async () => {
  const fake = aNode();
  fake.failNext("port", "no room");
  fake.failNext("removal", "no room");
  await assert.rejects(fake.pods.add(cniRequest("ADD", "cart"), { signal }));
  assert.equal(fake.links.size, 0);
  await fake.pods.remove(cniRequest("DEL", "cart"), { signal });
  await fake.pods.removeOrphans({ signal });
  assert.deepEqual([fake.all(), fake.flows.size], [[], 0]);
});

test("podNetwork().add() leaves no flow either where the database took no port and says no to all else", async () => {
  const fake = aNode();
  fake.failNext("asking for a port", "no room");
  fake.failNext("removal", "no room");
  await assert.rejects(fake.pods.add(cniRequest("ADD", "cart"), { signal }));
  assert.deepEqual([fake.ports.size, fake.links.size, fake.flows.size], [0, 0, 0]);
});

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

test("podNetwork() gives an address to nobody else before its connections are forgotten", async () => {
  const fake = aNode("10.244.1.0/30");
  const [address] = (await fake.pods.add(cniRequest("ADD", "old"), { signal })).ips ?? [];
  const taken = address?.address.address ?? assert.fail();
  fake.remembered.add(taken);
  await fake.pods.remove(cniRequest("DEL", "old"), { signal });
  fake.failNext("forgetting", "ovs-vswitchd is away");
  await assert.rejects(fake.pods.add(cniRequest("ADD", "new"), { signal }), /is away/);
  assert.ok(fake.remembered.has(taken));
  const again = await fake.pods.add(cniRequest("ADD", "new"), { signal });
  assert.equal(again.ips?.[0]?.address.address, taken);
  assert.equal(fake.remembered.size, 0);
});

test("podNetwork().add() that fails forgets the connections of the address it had taken", async () => {
  const fake = aNode();
  const address = parseIp("10.244.1.2") ?? assert.fail();
  fake.remembered.add(address);
  fake.failNext("setting up", "no device");
  await assert.rejects(fake.pods.add(cniRequest("ADD", "cart"), { signal }), /no device/);
  assert.equal(fake.remembered.size, 0);
});

test("podNetwork().removeOrphans() forgets the connections of Pods that an earlier agent retired", async () => {
  const fake = aNode();
  await fake.pods.add(cniRequest("ADD", "old"), { signal });
  const [pod] = fake.all();
  assert.ok(pod);
  const port = fake.ports.get(pod.hostName) ?? assert.fail();
  fake.ports.set(port.name, { ...port, externalIds: retiredExternalIds(pod) });
  for (const address of pod.addresses) fake.remembered.add(address);
  await fake.pods.removeOrphans({ signal });
  assert.deepEqual([fake.ports.size, fake.links.size, fake.remembered.size], [0, 0, 0]);
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
  assert.deepEqual(fake.all(), []);
  await fake.pods.removeOrphans({ signal });
  assert.deepEqual([fake.ports.size, fake.links.size, fake.flows.size], [0, 0, 0]);
});

test("podNetwork().add() asks for the port before the link is born beside many Pods, but not while others are under way", async () => {
  const fake = aNode();
  const add = (name: string) => fake.pods.add(cniRequest("ADD", name), { signal });
  const first = (name: string) =>
    fake.asked.filter((line) => line.includes(name))[0]?.split(" ")[0];
  for (let i = 0; i < 100; i++) await add(`pod${i}`);
  await add("cart");
  await Promise.all([add("web"), add("db")]);
  assert.deepEqual(["pod0", "pod99", "cart", "web", "db"].map(first), [
    "link",
    "link",
    "port",
    "link",
    "link",
  ]);
});

test("podNetwork().add() asks for port and link once policies and flows are in force", async () => {
  const admitted = Promise.withResolvers<void>();
  const policies = { admit: () => admitted.promise, async dismiss() {} };
  const fake = fakeNode(node(), [cidr("10.244.1.0/24")], policies);
  fake.holdPorts();
  const adding = fake.pods.add(cniRequest("ADD", "web"), { signal });
  for (let i = 0; i < 10; i++) await flushed();
  assert.deepEqual(fake.asked, []);
  admitted.resolve();
  while (fake.asked.length < 2) await flushed();
  assert.ok(carriersIn(fake).length > 0);
  fake.letPorts();
  await adding;
});

test("podNetwork().add() has the Pod's flows where another of its containers took them away meanwhile", async () => {
  const fake = aNode();
  fake.holdPorts();
  const adding = fake.pods.add(cniRequest("ADD", "web"), { signal });
  while (fake.asked.length < 2) await flushed();
  fake.failNext("link", "the other one is refused");
  const other = { ...cniRequest("ADD", "web"), containerId: "another", netns: "/var/run/netns/b" };
  await assert.rejects(fake.pods.add(other, { signal }), /refused/);
  assert.deepEqual(carriersIn(fake), []);
  fake.letPorts();
  await adding;
  assert.ok(carriersIn(fake).length > 0);
});

test("podNetwork().add() takes the port back where its link cannot be born", async () => {
  const fake = aNode();
  for (let i = 0; i < 100; i++) await fake.pods.add(cniRequest("ADD", `pod${i}`), { signal });
  const before = carriersIn(fake);
  fake.failNext("link", "it is refused");
  await assert.rejects(fake.pods.add(cniRequest("ADD", "cart"), { signal }), /refused/);
  assert.deepEqual([fake.ports.size, fake.links.size], [100, 100]);
  assert.deepEqual(carriersIn(fake), before);
});

test("podNetwork().remove() leaves port and link for a quiet moment, and both then go", async () => {
  const fake = aNode();
  await fake.pods.add(cniRequest("ADD", "cart"), { signal });
  await fake.pods.remove(cniRequest("DEL", "cart"), { signal });
  assert.deepEqual([fake.ports.size, fake.links.size, carriersIn(fake).length], [1, 1, 0]);
  const end = new AbortController();
  const cleared = fake.pods.clearAway(end.signal);
  for (let i = 0; i < 4; i++) {
    await flushed();
    fake.clock.advance(50);
  }
  await flushed();
  assert.deepEqual([fake.ports.size, fake.links.size, fake.flows.size], [0, 0, 0]);
  end.abort();
  await assert.rejects(cleared, { name: "AbortError" });
});

test("podNetwork().remove() is refused, and the Pod stays one, where the port cannot be told", async () => {
  const fake = aNode();
  await fake.pods.add(cniRequest("ADD", "cart"), { signal });
  fake.failNext("removal", "it is refused");
  await assert.rejects(fake.pods.remove(cniRequest("DEL", "cart"), { signal }), /refused/);
  assert.equal(fake.all().length, 1);
  await fake.pods.remove(cniRequest("DEL", "cart"), { signal });
  assert.deepEqual(fake.all(), []);
});

test("podNetwork().add() of what was removed a moment ago makes it anew", async () => {
  const fake = aNode();
  const [first, second] = ["a", "b"].map((containerId) => ({
    ...cniRequest("ADD", "cart"),
    containerId,
  }));
  assert.ok(first && second);
  await fake.pods.add(first, { signal });
  await fake.pods.remove(first, { signal });
  await fake.pods.add(first, { signal });
  await fake.pods.remove(first, { signal });
  await fake.pods.add(second, { signal }); // another container, the same namespace and interface
  assert.deepEqual([fake.ports.size, fake.links.size], [1, 1]);
  assert.equal(fake.all()[0]?.containerId, "b");
});

test("podNetwork() gives nobody the address or the port of a Pod whose port is still there", async () => {
  const fake = aNode("10.244.1.0/29");
  for (const name of ["a", "b", "c", "d"]) {
    await fake.pods.add(cniRequest("ADD", name), { signal });
    await fake.pods.remove(cniRequest("DEL", name), { signal });
  }
  assert.equal(fake.pods.fullness(), undefined);
  const one = await fake.pods.add(cniRequest("ADD", "e"), { signal });
  assert.equal(one.ips?.[0]?.address.address, "10.244.1.6");
  assert.equal(fake.all()[0]?.ofPort, 5);
  assert.equal(fake.ports.size, 5);
});

test("podNetwork().remove() has what the Pod sent dropped before policies speak of it no more, until its port is gone", async () => {
  const seen: string[] = [];
  const drops = () =>
    [...fake.flows.values()].flatMap(({ match, actions }) =>
      actions.length === 0 ? formatMatch(match) : [],
    );
  const policies = {
    async admit() {},
    async dismiss() {
      seen.push(`dismissed, ${carriersIn(fake).length} carry, dropped is ${drops().join()}`);
    },
  };
  const fake = fakeNode(node(), [cidr("10.244.1.0/24")], policies);
  await fake.pods.add(cniRequest("ADD", "cart"), { signal });
  await fake.pods.remove(cniRequest("DEL", "cart"), { signal });
  assert.deepEqual(seen, ["dismissed, 0 carry, dropped is in_port=1"]);
  fake.failNext("removal", "no database");
  await assert.rejects(fake.pods.removeOrphans({ signal }), /no database/);
  assert.deepEqual(drops(), ["in_port=1"]);
  await fake.pods.removeOrphans({ signal });
  assert.deepEqual(drops(), []);
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
  assert.ok(carriersIn(fake).length > 0);
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
  assert.ok(carriersIn(fake).length > 0, "the new container can speak");
});

test("podNetwork().check() finds what is gone or changed", async () => {
  const fake = aNode();
  const result = await fake.pods.add(cniRequest("ADD", "cart"), { signal });
  const prevResult = formatCniResult(result, "1.0.0");
  const check = cniRequest("CHECK", "cart", { prevResult });
  await fake.pods.check(check);
  const wrong = cniRequest("CHECK", "cart", {
    prevResult: { ips: [{ address: "10.244.1.9/24" }] },
  });
  await assert.rejects(fake.pods.check(wrong), /prevResult says 10\.244\.1\.9/);
  const [name = "", link] = [...fake.links][0] ?? [];
  assert.ok(link);
  fake.links.set(name, { ...link, gateways: [] });
  await assert.rejects(fake.pods.check(check), /default route by 10\.244\.1\.1 is gone/);
  await fake.pods.check(cniRequest("CHECK", "cart", { prevResult: { ...prevResult, routes: [] } }));
  fake.links.set(name, { ...link, addresses: [] });
  await assert.rejects(fake.pods.check(check), /eth0 has lost its address 10\.244\.1\.2/);
  fake.links.clear();
  await assert.rejects(fake.pods.check(check), /eth0 is not in/);
});

test("podNetwork().check() leaves alone what a later plugin of the chain added elsewhere", async () => {
  const fake = aNode();
  const result = formatCniResult(
    await fake.pods.add(cniRequest("ADD", "cart"), { signal }),
    "1.0.0",
  ) as { interfaces: object[]; ips: object[] };
  const prevResult = {
    ...result,
    interfaces: [...result.interfaces, { name: "net1", sandbox: "/var/run/netns/cart" }],
    ips: [...result.ips, { address: "192.0.2.7/24", interface: 2 }],
  };
  await fake.pods.check(cniRequest("CHECK", "cart", { prevResult }));
});

test("podNetwork().add() has a link follow an MTU that changed while it was made, and check() takes the old and the new one", async () => {
  const fake = aNode();
  fake.holdPorts();
  const adding = fake.pods.add(cniRequest("ADD", "cart"), { signal });
  await flushed();
  fake.setMtu({ link: 1500, direct: 1450, far: 1450 });
  fake.letPorts();
  const prevResult = formatCniResult(await adding, "1.1.0");
  const mtus = () => [...fake.links.values()].map(({ mtu }) => [mtu.link, mtu.far]);
  assert.deepEqual(mtus(), [[1500, 1450]]);
  const request = cniRequest("CHECK", "cart", { prevResult });
  await fake.pods.check(request);

  fake.setMtu({ link: 1450, direct: 1450, far: 1450 });
  const [pod] = fake.all();
  assert.equal(pod && fake.pods.fitMtu(pod), 1);
  assert.deepEqual(mtus(), [[1450, 1450]]);
  await fake.pods.check(request);
});
