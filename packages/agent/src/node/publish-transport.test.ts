import assert from "node:assert/strict";
import { test } from "node:test";
import { type NodeView, parseAgentConfig, parseNode } from "@antrea/api";
import { exponentialBackOff, silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { indexedStore, type KubeClient } from "@antrea/kube";
import { link, mac } from "@antrea/pipeline/testing";
import { keepTransportPublished } from "./publish-transport.ts";

/** A Node object as the API server has it once `annotations` were merged into it. */
function nodeView(uid: string, annotations: object): NodeView {
  const status = { addresses: [{ type: "InternalIP", address: "172.30.1.11" }] };
  return (
    parseNode({ metadata: { name: "node-1", uid, annotations }, status })?.node ?? assert.fail()
  );
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("keepTransportPublished() says it again when the Node was made anew, and not when nothing changed", async () => {
  const { store, writer } = indexedStore<NodeView>();
  const clock = manualClock();
  const stop = new AbortController();
  const said: object[] = [];
  const client: Pick<KubeClient, "patch"> = {
    async patch(_resource, _key, { body }) {
      const { annotations } = (body as { metadata: { annotations: object } }).metadata;
      said.push(annotations);
      writer.put("node-1", nodeView("first", annotations));
      return undefined as never;
    },
  };
  const read = parseAgentConfig("", "antrea-agent.conf", { allowNoEncapWithoutAntreaProxy: false });
  assert.equal(read.kind, "accepted");
  writer.put("node-1", nodeView("first", {}));
  const running = keepTransportPublished(
    {
      client,
      nodes: store,
      node: () => ({
        config: read.config,
        view: nodeView("first", {}),
        transport: {
          device: "eth0",
          mtu: 1500,
          mac: mac("0e:00:00:00:01:0b"),
          addresses: [link("172.30.1.11/24")],
        },
      }),
      backOff: exponentialBackOff({ firstMs: 1, maxMs: 1, random: () => 0 }),
      clock,
      log: silentLogger,
    },
    stop.signal,
  );
  await turn();
  clock.advance(10_000);
  await turn();
  assert.equal(said.length, 1);
  writer.put("node-1", nodeView("second", {}));
  await turn();
  assert.equal(said.length, 2);
  assert.deepEqual(said[1], {
    "node.antrea.io/transport-addresses": null,
    "node.antrea.io/transport-networks": "172.30.1.11/24",
    "node.antrea.io/mac-address": "0e:00:00:00:01:0b",
  });
  stop.abort();
  await running;
});
