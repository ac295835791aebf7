import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAllDocuments, parseDocument } from "yaml";
import { LabError } from "../errors.ts";
import { resolveOptions } from "../options.ts";
import { configureManifest } from "./antrea.ts";

const manifest = `# The product
apiVersion: v1
kind: ServiceAccount
metadata:
  name: antrea-agent
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: antrea-config
data:
  antrea-agent.conf: |
    # How Pods of different Nodes talk.
    trafficEncapMode: encap
    #ovsDatapathType: system
  antrea-controller.conf: |
    nodeIPAM:
      #enableNodeIPAM: false
`;

test("configureManifest() writes the lab's choices as a person would and keeps the rest", () => {
  const options = resolveOptions({ mode: "hybrid", tunnel: "vxlan" });
  const [account, config] = parseAllDocuments(configureManifest(manifest, options));
  assert.equal(account?.getIn(["metadata", "name"]), "antrea-agent");
  const text = String(config?.getIn(["data", "antrea-agent.conf"]));
  assert.match(text, /# How Pods of different Nodes talk\.\ntrafficEncapMode: hybrid\n/);
  assert.match(text, /^tunnelType: vxlan$/m);
  assert.match(text, /^ovsDatapathType: netdev$/m);
  const controller = parseDocument(String(config?.getIn(["data", "antrea-controller.conf"])));
  assert.deepEqual(controller.toJS(), {
    nodeIPAM: {
      enableNodeIPAM: true,
      clusterCIDRs: ["10.244.0.0/16"],
      serviceCIDR: "10.96.0.0/12",
      nodeCIDRMaskSizeIPv4: 24,
    },
  });
});

test("configureManifest() refuses a file that is not the product's manifest", () => {
  assert.throws(
    () => configureManifest("kind: Pod\n", resolveOptions()),
    (error) => error instanceof LabError && /--manifest/.test(error.message),
  );
});
