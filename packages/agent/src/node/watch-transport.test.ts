import assert from "node:assert/strict";
import { test } from "node:test";
import { type NodeView, parseNode } from "@antrea/api";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { hostState, type ObservedHost } from "@antrea/linux";
import { ownStance } from "@antrea/pipeline/mode";
import { link as address, mac, sharedSettings } from "@antrea/pipeline/testing";
import { watchTransport } from "./watch-transport.ts";

const transportMac = mac("0e:00:00:00:01:0b");

function viewAt(ip: string): NodeView {
  const status = { addresses: [{ type: "InternalIP", address: ip }] };
  return parseNode({ metadata: { name: "node-1", uid: "1" }, status })?.node ?? assert.fail();
}

function hostWith(...addresses: readonly string[]): ObservedHost {
  const links = new Map([
    ["eth0", { name: "eth0", index: 2, kind: "veth", mtu: 1500, mac: transportMac, isUp: true }],
  ]);
  const state = hostState({
    addresses: addresses.map((text) => ({ device: "eth0", ...address(text) })),
  });
  return { ...state, links, nftTables: new Map() } as unknown as ObservedHost;
}

/** A watch whose host and Node object a test changes; `tick` lets it look once. */
function watched(signal: AbortSignal) {
  const clock = manualClock();
  let ring = (): void => {};
  const world = { host: hostWith("172.30.1.11/24"), view: viewAt("172.30.1.11") };
  const transport = {
    device: "eth0",
    mtu: 1500,
    mac: transportMac,
    addresses: [address("172.30.1.11/24")],
  };
  const ended = watchTransport(
    {
      node: () => ({
        stance: ownStance(sharedSettings("encap")),
        view: world.view,
        links: new Map([["", transport]]),
      }),
      latest: () => world.view,
      observe: async () => world.host,
      follow: (onChange) => {
        ring = onChange;
      },
      clock,
      log: silentLogger,
    },
    signal,
  ).then(
    () => "went on",
    (error: unknown) => String(error),
  );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const tick = async (): Promise<void> => {
    ring();
    await turn();
    clock.advance(2_000);
    await turn();
  };
  return { world, tick, ended };
}

test("watchTransport() ends the agent when the Node's address was replaced, once that was seen twice", async () => {
  const stop = new AbortController();
  const { world, tick, ended } = watched(stop.signal);
  await tick();
  world.host = hostWith("172.30.1.99/24");
  world.view = viewAt("172.30.1.99");
  await tick();
  await tick();
  assert.match(
    await ended,
    /changed from eth0 \(.*\) with 172\.30\.1\.11\/24 to eth0 \(.*\) with 172\.30\.1\.99\/24/,
  );
});

test("watchTransport() goes on while the address is away, or changed for one look, or others come and go", async () => {
  const stop = new AbortController();
  const { world, tick, ended } = watched(stop.signal);
  for (const addresses of [
    [],
    ["172.30.1.99/24"],
    ["172.30.1.11/16"],
    ["172.30.1.11/24"],
    ["172.30.1.11/24", "192.0.2.1/24"],
  ]) {
    world.host = hostWith(...addresses);
    await tick();
  }
  stop.abort();
  await tick();
  assert.equal(await ended, "went on");
});
