import assert from "node:assert/strict";
import { test } from "node:test";
import { type GroupMember, memberKey, type NamedPort } from "@antrea/policy";
import { block, localPod, member, policy, rule } from "../testing/policies.ts";
import { type JoinSources, joinRule } from "./join-rule.ts";

const web = (port: number): NamedPort => ({ name: "web", port, protocol: "TCP" });

function sources(groups: Readonly<Record<string, readonly GroupMember[]>>): JoinSources {
  const pods = new Map(
    ["a", "b", "c"].map((name, i) => [`pod:shop/${name}`, [localPod(name, i + 1)]]),
  );
  return {
    appliedToMembers: (group) => groups[group] ?? [],
    addressMembers: (group) => groups[group] ?? [],
    portsOf: (one) => pods.get(memberKey(one)) ?? [],
  };
}

test("joinRule() splits an ingress rule by what its own Pods call a port", () => {
  const joined = joinRule(
    policy(),
    rule({ services: [{ protocol: "TCP", port: "web" }] }),
    sources({
      targets: [
        member("a", [], [web(80)]),
        member("b", [], [web(8080)]),
        member("c", [], [{ ...web(53), protocol: "UDP" }]),
      ],
      peers: [member("x", ["10.244.2.2"])],
    }),
  );
  assert.deepEqual(
    joined.map(({ variant, appliedTo, services }) => ({
      variant,
      pods: appliedTo.map(({ name }) => name),
      services,
    })),
    [
      { variant: "TCP-80", pods: ["a"], services: [{ protocol: "TCP", port: 80 }] },
      { variant: "TCP-8080", pods: ["b"], services: [{ protocol: "TCP", port: 8080 }] },
    ],
  );
});

test("joinRule() splits an egress rule by what its peers call a port, and addresses have no names", () => {
  const joined = joinRule(
    policy(),
    rule({
      direction: "Out",
      peer: { addressGroups: ["peers"], ipBlocks: [block("192.0.2.0/24")] },
      services: [
        { protocol: "TCP", port: "web" },
        { protocol: "UDP", port: 53 },
      ],
    }),
    sources({
      targets: [member("a")],
      peers: [member("x", ["10.244.2.2"], [web(80)]), member("y", ["10.244.2.3"])],
    }),
  );
  assert.deepEqual(
    joined.map(({ peer, services }) => [
      peer.addresses,
      peer.ipBlocks.length,
      services === "all" ? services : services.map((one) => ("port" in one ? one.port : "")),
    ]),
    [
      [["10.244.2.2"], 0, [80, 53]],
      [["10.244.2.3"], 0, [53]],
      [[], 1, [53]],
    ],
  );
});

test("joinRule() leaves out what is for nobody, of nobody, or of no port that anybody has", () => {
  const groups = { targets: [member("a")], peers: [member("x", ["10.244.2.2"])] };
  const join = (over: Parameters<typeof rule>[0], some = groups) =>
    joinRule(policy(), rule(over), sources(some));
  assert.equal(join({}).length, 1);
  assert.equal(join({}, { ...groups, targets: [member("elsewhere")] }).length, 0);
  assert.equal(join({}, { ...groups, peers: [] }).length, 0);
  assert.equal(join({ services: [{ protocol: "TCP", port: "web" }] }).length, 0);
});

test("joinRule() takes a rule's own groups before those of its policy, and each Pod once", () => {
  const [joined] = joinRule(
    policy(),
    rule({ appliedToGroups: ["own", "also"] }),
    sources({
      targets: [member("a")],
      own: [member("b")],
      also: [member("b"), member("c")],
      peers: [member("x", ["10.244.2.2", "fd00::2"]), member("y", ["10.244.2.2"])],
    }),
  );
  assert.deepEqual(
    joined?.appliedTo.map(({ name }) => name),
    ["b", "c"],
  );
  assert.deepEqual(joined?.peer.addresses, ["10.244.2.2", "fd00::2"]);
});

test("joinRule() has the Node among those whom a rule is for, without Pods or beside them", () => {
  const joined = (
    direction: "In" | "Out",
    targets: readonly GroupMember[],
    port: string | number,
  ) =>
    joinRule(
      policy(),
      rule({ direction, services: [{ protocol: "TCP", port }] }),
      sources({ targets, peers: [member("x", ["10.244.2.2"], [web(80)])] }),
    ).map(({ appliedTo, isForNode }) => [appliedTo.length, isForNode]);
  const node = { node: "node-1", ips: [], ports: [] };
  assert.deepEqual(joined("In", [node], 22), [[0, true]]);
  assert.deepEqual(joined("Out", [node, member("a")], 22), [[1, true]]);
  assert.deepEqual(joined("Out", [node], "web"), [[0, true]]);
  assert.deepEqual(joined("In", [node], "web"), [], "no port of a Node has a name");
  assert.deepEqual(joined("In", [member("a")], 22), [[1, false]]);
});
