import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { shapeOf } from "../nft/shape.ts";
import { cidr, ip, mac } from "../testing/parse.ts";
import {
  diffHost,
  type HostChange,
  isEmptyHostChange,
  type ObservedHost,
  type Ownership,
} from "./diff.ts";
import type { ObservedLink } from "./links.ts";
import { type HostState, hostState, type LinkAddress, type Neighbour, route } from "./state.ts";

const ours = 167;
const others = 4;
const owns: Ownership = {
  addresses: ({ device }) => device === "gw0",
  routes: ({ protocol }) => protocol === ours,
  neighbours: ({ state }) => state === "permanent",
  nftTables: ["ip antrea"],
};

const plain = { noNullPrototype: true } as const;
const addresses = fc.record(
  {
    device: fc.constantFrom("gw0", "eth0"),
    address: fc.constantFrom(ip("10.0.0.1"), ip("10.0.0.2"), ip("fd10::1")),
    prefixLength: fc.constantFrom(24, 32),
    withoutPrefixRoute: fc.boolean(),
  },
  plain,
) as fc.Arbitrary<LinkAddress>;
const routes = fc
  .record(
    {
      destination: fc.constantFrom(cidr("10.1.0.0/24"), cidr("10.2.0.0/24"), cidr("fd12::/64")),
      protocol: fc.constantFrom(ours, others),
      device: fc.constantFrom("gw0", "eth0"),
      metric: fc.constantFrom(0, 100),
    },
    plain,
  )
  .map(route);
const neighbours = fc.record(
  {
    device: fc.constantFrom("gw0", "eth0"),
    address: fc.constantFrom(ip("10.0.0.7"), ip("fd10::7")),
    state: fc.constantFrom("permanent", "stale"),
    mac: fc.constantFrom(mac("0a:00:00:00:00:01"), mac("0a:00:00:00:00:02")),
  },
  plain,
) as fc.Arbitrary<Neighbour>;
const sysctls = fc.dictionary(fc.constantFrom("net/a", "net/b"), fc.constantFrom("0", "1"));

const states = fc
  .record({
    addresses: fc.array(addresses, { maxLength: 6 }),
    routes: fc.array(routes, { maxLength: 6 }),
    neighbours: fc.array(neighbours, { maxLength: 6 }),
    sysctls,
  })
  .map(hostState);

test("diffHost() of a state with itself is empty", () => {
  fc.assert(
    fc.property(states, (state) => {
      assert.ok(isEmptyHostChange(diffHost(seen(state), state, owns)));
    }),
  );
});

test("diffHost(), applied, leaves all that is desired and of the rest only what is not ours", () => {
  fc.assert(
    fc.property(states, states, (before, desired) => {
      const after = applied(before, diffHost(seen(before), desired, owns));

      assert.deepEqual(
        after.addresses,
        merged(before.addresses, desired.addresses, owns.addresses),
      );
      assert.deepEqual(after.routes, merged(before.routes, desired.routes, owns.routes));
      assert.deepEqual(
        after.neighbours,
        merged(before.neighbours, desired.neighbours, owns.neighbours),
      );
      assert.ok(isEmptyHostChange(diffHost(seen(after), desired, owns)));
    }),
  );
});

test("diffHost() without ownership removes nothing", () => {
  fc.assert(
    fc.property(states, states, (before, desired) => {
      const { nftTables: _, ...change } = diffHost(seen(before), desired, {});

      for (const { remove } of Object.values(change)) assert.equal(remove.length, 0);
    }),
  );
});

test("diffHost() leaves a link's fields alone that the wish does not name", () => {
  const observed = { ...seen(hostState({})), links: new Map([["gw0", gateway]]) };

  const same = diffHost(observed, hostState({ links: [{ name: "gw0", isUp: true }] }), owns);
  const smaller = diffHost(observed, hostState({ links: [{ name: "gw0", mtu: 1450 }] }), owns);

  assert.ok(isEmptyHostChange(same));
  assert.deepEqual(
    smaller.links.modify.map(({ key, value }) => [key, value.mtu]),
    [["gw0", 1450]],
  );
});

test("diffHost() takes a neighbour that the kernel manages for right in any state", () => {
  const address = ip("192.0.2.7");
  const wish = hostState({
    neighbours: [{ device: "eth0", address, state: "none", isManaged: true }],
  });
  const learned = {
    device: "eth0",
    address,
    state: "stale",
    mac: mac("0a:00:00:00:00:01"),
  } as const;
  const look = (n: Neighbour) => diffHost(seen(hostState({ neighbours: [n] })), wish, owns);

  assert.ok(isEmptyHostChange(look({ ...learned, isManaged: true })));
  assert.equal(look(learned).neighbours.modify.length, 1);
});

test("diffHost() replaces a route of several next hops, which we never write", () => {
  const wish = route({ destination: cidr("10.1.0.0/24"), protocol: ours, via: ip("10.0.0.2") });
  const observed = hostState({ routes: [{ ...wish, multipath: ["eth0", "eth1"] }] });

  const change = diffHost(seen(observed), hostState({ routes: [wish] }), owns);

  assert.equal(change.routes.modify.length, 1);
});

test("diffHost() removes our own table when it is not wanted, and no other", () => {
  const tables = ["antrea", "kube-proxy"].map(
    (name) => ({ family: "ip", name, chains: [] }) as const,
  );

  const change = diffHost(seen(hostState({ nftTables: tables })), hostState({}), owns);

  assert.deepEqual(
    change.nftTables.remove.map(({ key }) => key),
    ["ip antrea"],
  );
});

const gateway: ObservedLink = {
  name: "gw0",
  index: 7,
  kind: "tun",
  mtu: 1500,
  isUp: true,
  isRunning: true,
  master: "",
};

/** The state as if the kernel held it. */
function seen(state: HostState): ObservedHost {
  return {
    ...state,
    links: new Map(),
    nftTables: new Map(Array.from(state.nftTables, ([key, table]) => [key, shapeOf(table)])),
  };
}

function applied(state: HostState, change: HostChange): HostState {
  const kinds = ["addresses", "routes", "neighbours", "sysctls"] as const;
  const after = kinds.map((kind) => {
    const { add, modify, remove } = change[kind];
    const entries = new Map<string, unknown>(state[kind]);
    for (const { key } of remove) entries.delete(key);
    for (const { key, value } of [...add, ...modify]) entries.set(key, value);
    return [kind, entries];
  });
  return { ...state, ...Object.fromEntries(after) } as HostState;
}

function merged<V>(
  before: ReadonlyMap<string, V>,
  desired: ReadonlyMap<string, V>,
  isOurs: ((entry: V) => boolean) | undefined,
): ReadonlyMap<string, V> {
  const foreign = [...before].filter(([, entry]) => !isOurs?.(entry));
  return new Map([...foreign, ...desired]);
}
