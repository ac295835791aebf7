import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { prometheusMetrics, systemClock as clock } from "@antrea/base/io";
import { samplesOf } from "@antrea/base/testing";
import { openflowMetrics } from "@antrea/openflow";
import { parseFlow } from "@antrea/openflow/flow";
import { startOvs } from "@antrea/openflow/testing";
import { countFlowChanges } from "../bridge/count-flow-changes.ts";
import { flowRealizer } from "../bridge/flow-realizer.ts";
import { flowNews } from "../bridge/flow-news.ts";
import { openSwitch } from "../bridge/io/open-switch.ts";
import { agentMetrics } from "../metrics.ts";
import { collectMetrics } from "./collect-metrics.ts";

test("the agent's metrics of flows are what ovs-vswitchd counts and what was done to it", async () => {
  await using ovs = await startOvs();
  await ovs.addBridge("br0", ["p1"]);
  await ovs.ofctl("del-flows", "br0");
  const metrics = prometheusMetrics();
  metrics.define(...Object.values(agentMetrics), ...Object.values(openflowMetrics));
  const connection = await openSwitch({
    news: flowNews(),
    path: ovs.mgmtSocket("br0"),
    log: silentLogger,
    clock,
    metrics,
    signal: AbortSignal.timeout(5_000),
  });
  let isConnected = true;
  collectMetrics(metrics, {
    nodeName: "node-1",
    podName: "antrea-agent-x",
    session: {
      get isConnected() {
        return isConnected;
      },
      connection: async () => connection,
    },
    conditions: () => [{ type: "AgentHealthy", status: "True", lastHeartbeatTime: "" }],
    podCount: () => 3,
    peers: () => [],
    policies: () => ({ count: 0, ingressRules: 0, egressRules: 0 }),
  });
  const flows = flowRealizer(countFlowChanges(connection, metrics, clock));
  const flow = (table: number, source: string, more = "drop") =>
    parseFlow(`table=${table},priority=1,ip,nw_src=${source} actions=${more}`);
  const read = async () => samplesOf(await metrics.text());

  await flows.realize("a", [flow(0, "10.0.0.1"), flow(0, "10.0.0.2"), flow(4, "10.0.0.1")]);
  await flows.realize("a", [flow(0, "10.0.0.1", "goto_table:4"), flow(4, "10.0.0.1")]);
  await assert.rejects(flows.realize("b", [flow(0, "10.0.0.9", "group:77")]), /BAD_OUT_GROUP/);

  const now = await read();
  const aggregate = await ovs.ofctl("dump-aggregate", "br0");
  assert.match(aggregate, /flow_count=2\b/);
  assert.equal(now.get("antrea_agent_ovs_total_flow_count"), 2);
  const perTable = [...now].filter(([name]) => name.startsWith("antrea_agent_ovs_flow_count"));
  assert.deepEqual(
    perTable.map(([name, value]) => [/table_id="(\d+)"/.exec(name)?.[1], value]),
    [
      ["0", 1],
      ["4", 1],
    ],
  );
  const ops = (name: string, operation: string) =>
    now.get(`antrea_agent_ovs_flow_ops_${name}{operation="${operation}"}`);
  assert.deepEqual(
    [ops("count", "add"), ops("count", "modify"), ops("count", "delete")],
    [4, 1, 1],
  );
  assert.equal(ops("error_count", "add"), 1);
  assert.equal(ops("error_count", "modify"), undefined);
  assert.equal(ops("latency_milliseconds_count", "add"), 1);
  assert.equal(
    now.get('antrea_agent_openflow_round_trip_seconds_count{request="bundle"}'),
    2,
    "bundles that were done",
  );
  assert.equal(now.get("antrea_agent_local_pod_count"), 3);
  assert.equal(now.get('antrea_agent_condition{type="AgentHealthy"}'), 1);
  assert.equal(now.get("antrea_agent_ingress_networkpolicy_rule_count"), 0);
  assert.ok([...now.keys()].some((name) => /runtime_info\{.*k8s_nodename="node-1"/.test(name)));

  isConnected = false;
  const without = await read();
  assert.equal(without.has("antrea_agent_ovs_total_flow_count"), false, "not known is no zero");
  connection.close();
});
