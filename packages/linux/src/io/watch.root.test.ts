import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import type { HostEvent } from "../host/event.ts";
import { hostState, route } from "../host/state.ts";
import { type TestNamespace, testNamespace } from "../testing/namespace.ts";
import { cidr } from "../testing/parse.ts";
import { hostNetwork } from "./host-network.ts";

test("watch() tells of links, addresses, routes and neighbours, and of their end", async () => {
  using ns = testNamespace();
  using seen = watching(ns);

  ns.run("ip", "link", "add", "w0", "type", "veth", "peer", "name", "w1");
  ns.run("ip", "link", "set", "w0", "up");
  ns.run("ip", "address", "add", "192.0.2.1/24", "dev", "w0");
  ns.run("ip", "-6", "address", "add", "2001:db8::1/64", "dev", "w0", "nodad");
  ns.run("ip", "link", "set", "w1", "up");
  ns.run("ip", "route", "add", "10.9.0.0/16", "via", "192.0.2.9", "proto", "167");
  ns.run("ip", "neigh", "add", "192.0.2.9", "lladdr", "0a:00:00:00:00:09", "dev", "w0");
  ns.run("ip", "route", "del", "10.9.0.0/16");
  ns.run("ip", "link", "del", "w0");

  await seen.until((e) => e.kind === "link" && e.isRemoved && e.link.name === "w0");
  const lines = seen.events.map(describe);
  for (const line of [
    "link w0",
    "address w0 192.0.2.1",
    "address w0 2001:db8::1",
    "route 10.9.0.0/16 dev w0 proto 167",
    "neighbour 192.0.2.9 dev w0 0a:00:00:00:00:09",
    "- route 10.9.0.0/16 dev w0 proto 167",
    "- link w0",
  ])
    assert.ok(lines.includes(line), `${line} is among\n${lines.join("\n")}`);
});

test("watch() tells only of the kinds asked for", async () => {
  using ns = testNamespace();
  using seen = watching(ns, { kinds: ["address"] });

  ns.run("ip", "link", "set", "lo", "up");
  ns.run("ip", "address", "add", "192.0.2.1/32", "dev", "lo");

  await seen.until((e) => e.kind === "address" && e.address.address === "192.0.2.1");
  assert.deepEqual([...new Set(seen.events.map(({ kind }) => kind))], ["address"]);
});

test("watch() says resync when more happened than the kernel could keep, and goes on", async () => {
  using ns = testNamespace();
  const network = hostNetwork({ netnsPath: ns.path });
  ns.run("ip", "link", "set", "lo", "up");
  using seen = watching(ns, { bufferBytes: 4096 });
  const routes = Array.from({ length: 300 }, (_, i) =>
    route({ destination: cidr(`10.${i >> 8}.${i & 255}.0/24`), protocol: 167, type: "blackhole" }),
  );

  await network.converge({ desired: hostState({ routes }), owns: {} });
  await seen.until((e) => e.kind === "resync");
  ns.run("ip", "address", "add", "192.0.2.5/32", "dev", "lo");

  await seen.until((e) => e.kind === "address" && e.address.address === "192.0.2.5");
});

test("watch() leaves the event loop free while nothing happens", async () => {
  using ns = testNamespace();
  using _ = watching(ns);

  const turns = await new Promise<number>((resolve) => {
    let count = 0;
    const turn = () => (++count < 1000 ? setImmediate(turn) : resolve(count));
    turn();
  });

  assert.equal(turns, 1000);
});

test("watch() ends with its signal and closes its socket", async () => {
  using ns = testNamespace();
  const before = readdirSync("/proc/self/fd").length;
  const end = new AbortController();
  const events: HostEvent[] = [];
  hostNetwork({ netnsPath: ns.path }).watch((e) => events.push(e), { signal: end.signal });

  end.abort();
  ns.run("ip", "link", "set", "lo", "up");
  await new Promise((resolve) => setImmediate(resolve));

  assert.deepEqual(events, []);
  assert.equal(readdirSync("/proc/self/fd").length, before);
  assert.throws(() => hostNetwork({ netnsPath: ns.path }).watch(() => {}, { signal: end.signal }), {
    name: "AbortError",
  });
});

interface Seen extends Disposable {
  readonly events: readonly HostEvent[];
  /** Resolves when such an event was or will be seen. */
  until(isIt: (event: HostEvent) => boolean): Promise<void>;
}

function watching(
  ns: TestNamespace,
  options: { kinds?: "address"[]; bufferBytes?: number } = {},
): Seen {
  const end = new AbortController();
  const events: HostEvent[] = [];
  let wake = () => {};
  hostNetwork({ netnsPath: ns.path }).watch(
    (event) => {
      events.push(event);
      wake();
    },
    { signal: end.signal, ...options },
  );
  return {
    events,
    async until(isIt) {
      const patience = AbortSignal.timeout(30_000);
      patience.addEventListener("abort", () => wake());
      while (!events.some(isIt)) {
        assert.ok(!patience.aborted, `no such event among\n${events.map(describe).join("\n")}`);
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    [Symbol.dispose]: () => end.abort(),
  };
}

function describe(event: HostEvent): string {
  const gone = "isRemoved" in event && event.isRemoved ? "- " : "";
  switch (event.kind) {
    case "link":
      return `${gone}link ${event.link.name}`;
    case "address":
      return `${gone}address ${event.address.device} ${event.address.address}`;
    case "route":
      return `${gone}route ${event.route.destination} dev ${event.route.device} proto ${event.route.protocol}`;
    case "neighbour":
      return `${gone}neighbour ${event.neighbour.address} dev ${event.neighbour.device} ${event.neighbour.mac}`;
    case "resync":
      return "resync";
  }
}
