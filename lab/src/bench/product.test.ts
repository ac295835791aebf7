import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAgentConfig } from "@antrea/api";
import { parse } from "yaml";
import { setupNames, setups } from "./plan.ts";
import { withSettings } from "./product.ts";

const config = "# How Pods talk.\ntrafficEncapMode: encap\n#uplinkPath: ovs\ntunnelType: geneve\n";

test("withSettings() changes what the setup says and keeps the rest, comments too", () => {
  const text = withSettings(config, setups.kernelUplink);
  assert.match(text, /^# How Pods talk\.\ntrafficEncapMode: noEncap\n/);
  assert.match(text, /^tunnelType: geneve$/m);
  assert.match(text, /^uplinkPath: kernel$/m);
});

test("withSettings() leads from any setup to any other, to what the agent accepts", () => {
  for (const before of setupNames)
    for (const after of setupNames) {
      const text = withSettings(withSettings(config, setups[before]), setups[after]);
      const { trafficEncapMode, uplinkPath, userspaceTSO } = parse(text);
      assert.deepEqual({ uplinkPath, userspaceTSO, trafficEncapMode }, setups[after].settings);
      const accepted = parseAgentConfig(`${text}ovsDatapathType: netdev\n`, "antrea-agent.conf", {
        allowNoEncapWithoutAntreaProxy: true,
      });
      assert.equal(accepted.kind, "accepted");
    }
});
