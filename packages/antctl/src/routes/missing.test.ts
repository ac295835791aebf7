import assert from "node:assert/strict";
import { test } from "node:test";
import type { NeededRoute } from "@antrea/api/local-api";
import { parseCidr } from "@antrea/net";
import { mendLines, providerOf } from "./mend.ts";
import { missingRoutes, type RoutesSeen } from "./missing.ts";

const cidrOfNode = (n: number) => `10.244.${n}.0/24`;

/** What Node `n` sees when the fabric has routes to `routed` only: a question needs both ways. */
function seenBy(n: number, all: readonly number[], routed: readonly number[]): RoutesSeen {
  return {
    observer: {
      name: `node-${n}`,
      podCIDRs: [cidrOfNode(n)],
      transportIP: `172.30.${n}.10`,
      providerID: undefined,
    },
    routes: all
      .filter((other) => other !== n)
      .map(
        (other): NeededRoute => ({
          node: `node-${other}`,
          podCIDR: parseCidr(cidrOfNode(other)) ?? assert.fail(),
          keeper: "fabric",
          state: routed.includes(other) && routed.includes(n) ? "present" : "missing",
          reason: "",
        }),
      ),
  };
}
const nodesOf = (seen: readonly RoutesSeen[]) => missingRoutes(seen).map(({ node }) => node);

test("missingRoutes() finds exactly the routes that the fabric lacks when every Node looks", () => {
  const all = [1, 2, 3, 4];
  for (const routed of [
    [1, 2, 3, 4],
    [1, 2, 3],
    [1, 2],
    [2, 4],
  ]) {
    const seen = all.map((n) => seenBy(n, all, routed));
    const expected = all.filter((n) => !routed.includes(n)).map((n) => `node-${n}`);
    assert.deepEqual(nodesOf(seen), expected, `routes to ${routed.join()}`);
  }
});

test("missingRoutes() names every end when nothing at all was answered", () => {
  const all = [1, 2, 3];
  for (const routed of [[], [1]]) {
    const seen = all.map((n) => seenBy(n, all, routed));
    assert.deepEqual(nodesOf(seen), ["node-1", "node-2", "node-3"]);
  }
});

test("missingRoutes() works with what one Node sees", () => {
  const all = [1, 2, 3];
  assert.deepEqual(nodesOf([seenBy(1, all, [1, 3])]), ["node-2"]);
  assert.deepEqual(nodesOf([seenBy(2, all, [1, 3])]), ["node-1", "node-2", "node-3"]);
});

test("missingRoutes() names both ends where routers of the fabric differ", () => {
  const [first, second, third] = [1, 2, 3].map((n) => seenBy(n, [1, 2, 3], [1, 2, 3]));
  assert.ok(first && second && third);
  const cut = {
    ...first,
    routes: first.routes.map((r) =>
      r.node === "node-2" ? { ...r, state: "missing" as const } : r,
    ),
  };
  assert.deepEqual(nodesOf([cut, second, third]), ["node-1", "node-2"]);
});

test("missingRoutes() leaves to the agents what the agents keep", () => {
  const seen = seenBy(1, [1, 2], []);
  const own = {
    ...seen,
    routes: seen.routes.map((route) => ({ ...route, keeper: "node" as const })),
  };
  assert.deepEqual(missingRoutes([own]), []);
});

test("mendLines() speaks the language of each Node's provider", () => {
  const aws = {
    node: "a",
    podCIDR: "10.1.0.0/24",
    transportIP: "172.30.1.1",
    providerID: "aws:///eu-west-1a/i-0abc",
  };
  const gcp = {
    node: "b",
    podCIDR: "10.2.0.0/24",
    transportIP: undefined,
    providerID: "gce://proj/zone-c/vm-b",
  };
  assert.equal(providerOf("kind://docker/x"), undefined);
  assert.deepEqual(
    mendLines([aws, gcp], { routeTable: "rtb-1" }).filter((line) => !line.startsWith("#")),
    [
      "aws ec2 create-route --route-table-id rtb-1 --destination-cidr-block 10.1.0.0/24 --instance-id i-0abc",
      "aws ec2 modify-instance-attribute --instance-id i-0abc --no-source-dest-check",
      "gcloud compute routes create antrea-b-10-2-0-0-24 --project=proj --network=default --destination-range=10.2.0.0/24 --next-hop-instance=vm-b --next-hop-instance-zone=zone-c",
    ],
  );
});

test("mendLines() gives every language where the provider is not known, and one where it is said", () => {
  const route = {
    node: "node-1",
    podCIDR: "10.1.0.0/24",
    transportIP: "172.30.1.1",
    providerID: undefined,
  };
  const all = mendLines([route], {}).filter((line) => !line.startsWith("#"));
  assert.equal(all[0], "ip route add 10.1.0.0/24 via 172.30.1.1");
  assert.match(all[1] ?? "", /^aws ec2 create-route .* --instance-id INSTANCE-ID-OF-node-1$/);
  assert.match(
    all[3] ?? "",
    /^gcloud compute routes create antrea-node-1-10-1-0-0-24 --network=default/,
  );
  assert.deepEqual(mendLines([route], {}, "linux").length, 2);
  assert.deepEqual(mendLines([], {}), []);
});
