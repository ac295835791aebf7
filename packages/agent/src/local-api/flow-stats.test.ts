import assert from "node:assert/strict";
import { test } from "node:test";
import { type Flow, flowKey } from "@antrea/openflow/flow";
import { compileNode, compilePeer, compilePod } from "@antrea/pipeline";
import { byTunnel, node, peer, pod } from "@antrea/pipeline/testing";
import { flowStats } from "./flow-stats.ts";

const network = node();
const base = compileNode(network);

/** A bridge with so many Pods and peers, and who asked for what. */
function statsOf(pods: number, peers: number) {
  const owners = new Map<string, string>();
  const own = (owner: string, flows: readonly Flow[]): readonly Flow[] => {
    for (const flow of flows) owners.set(flowKey(flow), owner);
    return flows;
  };
  const bridge = [
    ...own("node", base),
    ...own("pod:shop/cart-0", Array(pods).fill(compilePod(pod(), network)).flat()),
    ...own(
      "peer:node-2",
      Array(peers)
        .fill(compilePeer(peer(byTunnel), network))
        .flat(),
    ),
  ];
  const ownersOf = (key: string) => [owners.get(key) ?? ""].filter((owner) => owner !== "");
  const rows = flowStats(bridge, { network, measures: false, flows: { ownersOf } });
  return (by: string, name: string) =>
    rows.find((row) => row.by === by && row.name === name)?.flows ?? 0;
}

test("flowStats() sums to what the Node has, plus one share for each Pod and peer", () => {
  const few = statsOf(2, 3);
  const pod = few("one more", "Pod of this Node");
  const peer = few("one more", "Node, by tunnel");
  assert.ok(pod > 0 && peer > 0);
  assert.equal(few("sum", "all flows"), base.length + 2 * pod + 3 * peer);
  assert.equal(few("owner", "pod"), 2 * pod);
  assert.equal(few("owner", "peer"), 3 * peer);
  assert.equal(statsOf(110, 1000)("sum", "all flows"), base.length + 110 * pod + 1000 * peer);
});

test("flowStats() counts each table in its order, and what is nobody's", () => {
  const foreign: Flow = { ...(base[0] as Flow), cookie: 0xabcn << 48n, priority: 7 };
  const rows = flowStats([...base, foreign], {
    network,
    measures: false,
    flows: { ownersOf: () => [] },
  });
  assert.equal(rows[0]?.name, "PipelineRootClassifier");
  assert.deepEqual(
    rows.filter(({ by }) => by === "owner"),
    [{ by: "owner", name: "none", flows: base.length + 1 }],
  );
});
