import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFlow } from "@antrea/openflow/flow";
import { tableNames } from "../tables.ts";
import { ip } from "../testing/network.ts";
import { compileEnded } from "./ended-connections.ts";

const connection = (protocol: number) => ({
  protocol,
  ...{ source: ip("10.244.1.2"), destination: ip("fd00::1"), sourcePort: 40_000 },
  destinationPort: 80,
});
const text = (protocol: number, action: "Drop" | "Reject") =>
  compileEnded({ ...connection(protocol), destination: ip("10.244.2.3") }, action).map((flow) =>
    formatFlow(flow, { cookie: false, tableName: (id) => tableNames.get(id) }),
  );

test("compileEnded() matches what the answering side would begin, and nothing that is live", () => {
  assert.deepEqual(text(6, "Drop"), [
    "table=EgressSecurityClassifier, idle_timeout=65535, priority=230,ct_state=+new+trk,tcp,nw_src=10.244.2.3,nw_dst=10.244.1.2,tp_src=80,tp_dst=40000 actions=drop",
  ]);
  assert.match(text(17, "Reject")[0] ?? "", /idle_timeout=600.*udp.*actions=controller\(/);
  assert.match(
    text(132, "Drop")[0] ?? "",
    /AntreaPolicyEgressRule.*priority=64995.*reg0=0\/0x8000/,
  );
});

test("compileEnded() guards nothing that has no ports", () => {
  assert.deepEqual(text(1, "Drop"), []);
  assert.deepEqual(text(47, "Drop"), []);
});
