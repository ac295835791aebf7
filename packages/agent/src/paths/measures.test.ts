import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAgentConfig } from "@antrea/api";
import { trafficModes } from "@antrea/pipeline";
import { measures } from "./measures.ts";

function measured(config: string, isUplinkShared = true): readonly string[] {
  const read = parseAgentConfig(config, "antrea-agent.conf");
  assert.ok(read.kind === "accepted");
  return trafficModes.filter((mode) => measures(mode, { config: read.config, isUplinkShared }));
}

test("measures() says that auto measures always, and hybrid where it is asked to", () => {
  assert.deepEqual(measured(""), ["auto"]);
  assert.deepEqual(measured("pathSelection: measured"), ["hybrid", "auto"]);
});

test("measures() says that nothing does where the host's stack has the uplink alone", () => {
  assert.deepEqual(measured("pathSelection: measured", false), []);
});
