import assert from "node:assert/strict";
import { test } from "node:test";
import { parseControllerConfig } from "./controller-config.ts";

function outcome(text: string): string {
  const parsed = parseControllerConfig(text, "antrea-controller.conf");
  return parsed.kind === "accepted"
    ? "accepted"
    : parsed.problems.map(({ line, key, sentence }) => `${line} ${key}: ${sentence}`).join("\n");
}

test("parseControllerConfig() has Antrea's defaults", () => {
  const parsed = parseControllerConfig("", "f");
  assert.ok(parsed.kind === "accepted");
  assert.equal(parsed.config.apiPort, 10349);
  assert.equal(parsed.config.nodeIPAM.enableNodeIPAM, false);
  assert.equal(parsed.config.nodeIPAM.nodeCIDRMaskSizeIPv4, 24);
  assert.equal(parsed.config.nodeIPAM.nodeCIDRMaskSizeIPv6, 64);
});

test("parseControllerConfig() accepts a network for each family", () => {
  const text =
    'nodeIPAM:\n  enableNodeIPAM: true\n  clusterCIDRs: ["10.10.0.0/16", "fd00:10::/48"]\n  serviceCIDR: 10.96.0.0/12\n';
  assert.equal(outcome(text), "accepted");
});

test("parseControllerConfig() refuses networks that Pod CIDRs cannot be cut from", () => {
  const ipam = (rest: string) => `nodeIPAM:\n  enableNodeIPAM: true\n  ${rest}\n`;
  assert.match(outcome(ipam("")), /^2 nodeIPAM.enableNodeIPAM: Got none/);
  assert.match(
    outcome(ipam("clusterCIDRs: [10.0.0.0/16, 10.1.0.0/16]")),
    /two networks of one address family/,
  );
  assert.match(
    outcome(ipam("clusterCIDRs: [10.0.0.0/25]")),
    /wanted a prefix length from 25 to 41/,
  );
  assert.match(
    outcome(ipam("clusterCIDRs: [10.0.0.0/16]\n  serviceCIDR: 10.0.0.0/8")),
    /leaves nothing of the cluster network/,
  );
  assert.match(
    outcome(ipam("clusterCIDRs: [10.0.0.0/16]\n  serviceCIDR: fd00::/64")),
    /wanted a network of IPv4/,
  );
  assert.match(outcome(ipam("clusterCIDR: [10.0.0.0/16]")), /Did you mean "clusterCIDRs"/);
});
