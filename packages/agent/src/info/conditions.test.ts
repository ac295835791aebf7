import assert from "node:assert/strict";
import { test } from "node:test";
import { agentConditions, type ConditionFacts } from "./conditions.ts";

const well: ConditionFacts = {
  isOvsdbConnected: true,
  isSwitchConnected: true,
  isApiConnected: true,
  datapath: { wanted: "netdev", used: "netdev" },
  inactiveOptions: [],
  withoutEffect: [],
};

function falseOnes(facts: Partial<ConditionFacts>): Readonly<Record<string, string>> {
  const conditions = agentConditions({ ...well, ...facts }, new Date(0));
  return Object.fromEntries(
    conditions
      .filter(({ status }) => status === "False")
      .map(({ type, message }) => [type, message ?? ""]),
  );
}

test("agentConditions() are all true while all is well, each with the time", () => {
  const conditions = agentConditions(well, new Date(0));
  assert.deepEqual(falseOnes({}), {});
  assert.ok(conditions.every((one) => one.lastHeartbeatTime === "1970-01-01T00:00:00.000Z"));
  assert.ok(conditions.every((one) => one.reason === undefined));
});

test("agentConditions() tell which part of Open vSwitch is away; without it no Pod can be connected", () => {
  const database = falseOnes({ isOvsdbConnected: false });
  assert.deepEqual(Object.keys(database), ["AgentHealthy", "OVSDBConnectionUp"]);
  assert.match(database["AgentHealthy"] ?? "", /^ovsdb-server does not answer/);
  const flows = falseOnes({ isSwitchConnected: false });
  assert.deepEqual(Object.keys(flows), ["AgentHealthy", "OpenflowConnectionUp"]);
  assert.match(flows["AgentHealthy"] ?? "", /^ovs-vswitchd does not answer/);
});

test("agentConditions() call an agent healthy that does without the API server", () => {
  assert.deepEqual(Object.keys(falseOnes({ isApiConnected: false })), ["ControllerConnectionUp"]);
});

test("agentConditions() name what this machine or this version does not do", () => {
  const { DatapathAsConfigured, OptionsActive } = falseOnes({
    datapath: { wanted: "system", used: "netdev" },
    inactiveOptions: ["flowExporter.enable"],
  });
  assert.match(DatapathAsConfigured ?? "", /system was asked for; this machine offers netdev/);
  assert.match(DatapathAsConfigured ?? "", /modprobe openvswitch/);
  assert.match(OptionsActive ?? "", /flowExporter\.enable/);
});

test("agentConditions() name the options that do nothing with the datapath in force, beside the others", () => {
  const { OptionsActive } = falseOnes({
    inactiveOptions: ["flowExporter.enable"],
    withoutEffect: ["ovs.hwOffload"],
  });
  assert.match(
    OptionsActive ?? "",
    /flowExporter\.enable\. Without effect .* netdev: ovs\.hwOffload$/,
  );
});
