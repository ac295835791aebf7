import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNode, type NodeView } from "@antrea/api";
import { type Cidr, parseCidr } from "@antrea/net";
import fc from "fast-check";
import { planRoutes, type RoutePlanInput, stepText } from "./plan-routes.ts";
import type { CloudRoute } from "./provider.ts";

const cidr = (text: string): Cidr => parseCidr(text) ?? assert.fail(text);

function node(name: string, podCIDR: string, age = 0): NodeView {
  const creationTimestamp = new Date(Date.UTC(2026, 0, 1, 0, 0, age)).toISOString();
  const spec = { podCIDR, podCIDRs: [podCIDR], providerID: `lab://${name}` };
  return (
    parseNode({ metadata: { name, uid: name, creationTimestamp }, spec })?.node ?? assert.fail()
  );
}

function planned(more: Pick<RoutePlanInput, "nodes" | "routes">) {
  const { steps, problems } = planRoutes({
    networks: [cidr("10.244.0.0/16")],
    targetOf: ({ providerId }) => /^lab:\/\/(.+)$/.exec(providerId ?? "")?.[1],
    ...more,
  });
  return { steps: steps.map(stepText), problems };
}

const route = (destination: string, target: string, isOurs = true): CloudRoute => ({
  ...{ destination: cidr(destination), target, isOurs },
});

test("planRoutes() adds what lacks, replaces what leads elsewhere, and removes last what leads to nobody", () => {
  const nodes = [
    node("a", "10.244.1.0/24"),
    node("b", "10.244.2.0/24"),
    node("c", "10.244.3.0/24"),
  ];
  const routes = [
    route("10.244.9.0/24", "gone"),
    route("10.244.2.0/24", "b"),
    route("10.244.3.0/24", "other"),
  ];
  assert.deepEqual(planned({ nodes, routes }), {
    steps: [
      "add 10.244.1.0/24 via a (a)",
      "replace 10.244.3.0/24 via c (c) instead of other",
      "remove 10.244.9.0/24 via gone",
    ],
    problems: [],
  });
});

test("planRoutes() touches nothing that others made, and nothing outside of the Pods' networks", () => {
  const nodes = [
    node("a", "10.244.1.0/24"),
    node("wide", "10.0.0.0/8"),
    node("far", "192.0.2.0/24"),
  ];
  const routes = [
    route("10.244.1.0/24", "vpn", false),
    route("10.244.8.0/24", "vpn", false),
    route("192.0.2.0/24", "x"),
  ];
  const { steps, problems } = planned({ nodes, routes });
  assert.deepEqual(steps, []);
  assert.deepEqual(problems, [
    "10.244.1.0/24 of a leads to vpn by a route that somebody else made; remove that",
  ]);
});

test("planRoutes() leaves one route of ours to a destination: the right one where it is among them", () => {
  const nodes = [node("a", "10.244.1.0/24"), node("b", "10.244.2.0/24")];
  const routes = [
    route("10.244.1.0/24", "old"),
    route("10.244.1.0/24", "a"),
    route("10.244.2.0/24", "old"),
    route("10.244.2.0/24", "older"),
  ];
  for (const table of [routes, routes.toReversed()]) {
    const { steps, problems } = planned({ nodes, routes: table });
    const [first, second] = table === routes ? ["old", "older"] : ["older", "old"];
    assert.deepEqual(steps.toSorted(), [
      "remove 10.244.1.0/24 via old",
      `remove 10.244.2.0/24 via ${second}`,
      `replace 10.244.2.0/24 via b (b) instead of ${first}`,
    ]);
    assert.deepEqual(problems, []);
  }
  const foreign = [route("10.244.1.0/24", "a"), route("10.244.1.0/24", "vpn", false)];
  assert.match(planned({ nodes, routes: foreign }).problems.join(), /leads to vpn by a route/);
});

test("planRoutes() leaves a Pod CIDR to the older of two Nodes that have it, and names Nodes that the cloud does not know", () => {
  const unknown = { ...node("c", "10.244.3.0/24"), providerId: "other://c" };
  const nodes = [node("young", "10.244.1.0/24", 9), node("old", "10.244.1.0/24", 1), unknown];
  assert.deepEqual(planned({ nodes, routes: [] }), {
    steps: ["add 10.244.1.0/24 via old (old)"],
    problems: [
      'c: its spec.providerID "other://c" is of no machine of this provider',
      "young: an older Node has its Pod CIDR 10.244.1.0/24 too",
    ],
  });
});

test("planRoutes() has nothing left to do once its steps are done, whatever there was", () => {
  const number = fc.integer({ min: 0, max: 5 });
  const some = fc.uniqueArray(fc.tuple(number, number), { selector: ([at]) => at, maxLength: 6 });
  const many = fc.array(fc.tuple(number, number), { maxLength: 12 });
  fc.assert(
    fc.property(some, many, (left, right) => {
      const nodes = left.map(([at, n]) => node(`n${at}`, `10.244.${n}.0/24`));
      let table: readonly CloudRoute[] = right.map(([n, at]) =>
        route(`10.244.${n}.0/24`, `n${at}`),
      );
      const targetOf: RoutePlanInput["targetOf"] = ({ name }) => name;
      const networks = [cidr("10.244.0.0/16")];
      const plan = () => planRoutes({ nodes, routes: table, networks, targetOf });
      for (const step of plan().steps) {
        if (step.kind !== "remove") table = [...table, { ...step.route, isOurs: true }];
        if (step.kind !== "add") table = table.filter((one) => one !== step.before);
      }
      assert.deepEqual(plan().steps, []);
      assert.equal(new Set(table.map(({ destination }) => destination)).size, table.length);
    }),
  );
});
