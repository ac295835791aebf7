import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { type AgentConfig, parseAgentConfig } from "./agent-config.ts";
import type { ParsedConfig } from "./parse-config.ts";
import { formatProblem } from "./problem.ts";

const guideFolder = new URL("../../testdata/guide/", import.meta.url);

function parse(text: string): ParsedConfig<AgentConfig> {
  return parseAgentConfig(text, "antrea-agent.conf");
}

function accepted(text: string): AgentConfig {
  const parsed = parse(text);
  assert.equal(parsed.kind, "accepted", problemsOf(text).join("\n"));
  return parsed.kind === "accepted" ? parsed.config : assert.fail();
}

function problemsOf(text: string): readonly string[] {
  const parsed = parse(text);
  return parsed.kind === "refused" ? parsed.problems.map(formatProblem) : [];
}

function guide(name: string): string {
  return readFileSync(new URL(name, guideFolder), "utf8");
}

test("parseAgentConfig() accepts every ConfigMap body of the guide as it stands", () => {
  const files = readdirSync(guideFolder);
  assert.equal(files.length, 5);
  for (const file of files) assert.deepEqual(problemsOf(guide(file)), [], file);
});

test("parseAgentConfig() reads what the guide's bodies say", () => {
  assert.equal(accepted(guide("install-hybrid.conf")).trafficEncapMode, "hybrid");
  assert.equal(accepted(guide("install-hybrid.conf")).flowExporter.enable, true);

  const { flowExporter } = accepted(guide("flow-exporter.conf"));
  assert.equal(flowExporter.flowCollectorAddr, "flow-aggregator.flow-visibility.svc:4739");
  assert.equal(flowExporter.activeFlowExportTimeout, 60_000);
  assert.equal(flowExporter.idleFlowExportTimeout, 15_000);

  assert.deepEqual(accepted(guide("no-encap.conf")).nodePortLocal, {
    enable: true,
    portRange: { first: 61000, last: 62000 },
  });
  assert.equal(accepted(guide("ovs-performance.conf")).tlsCipherSuites.length, 2);
  assert.equal(accepted(guide("hw-offload.conf")).ovsDatapathType, "netdev");
});

test("parseAgentConfig() lists given options that this version does not act on", () => {
  const parsed = parse(guide("install-hybrid.conf"));
  assert.deepEqual(parsed.kind === "accepted" && parsed.notActive, [
    { key: "flowExporter.enable", line: 7 },
  ]);
  const gates = parse("featureGates:\n  Traceflow: true\n  AllAlpha: false\n");
  assert.deepEqual(gates.kind === "accepted" && gates.notActive, [
    { key: "featureGates.Traceflow", line: 1 },
  ]);
});

test("parseAgentConfig() has a default for all, also for keys without a value and no text at all", () => {
  for (const text of [
    "",
    "# nothing\n",
    "egress:\n  # exceptCIDRs: []\nflowExporter: {}\n",
    "---\n",
  ]) {
    const config = accepted(text);
    assert.equal(config.trafficEncapMode, "encap");
    assert.equal(config.tunnelType, "geneve");
    assert.equal(config.ovsBridge, "br-int");
    assert.equal(config.hostGateway, "antrea-gw0");
    assert.equal(config.featureGates.AntreaProxy, true);
    assert.ok(Object.isFrozen(config) && Object.isFrozen(config.flowExporter));
  }
});

test("parseAgentConfig() takes words in any case and gives their one spelling", () => {
  for (const mode of ["noEncap", "noencap", "NOENCAP", "NoEncap"])
    assert.equal(accepted(`trafficEncapMode: ${mode}`).trafficEncapMode, "noEncap");
  assert.equal(accepted("tunnelType: GENEVE").tunnelType, "geneve");
});

test("parseAgentConfig() lets the list of bridges go before the single options", () => {
  const named = accepted("ovsBridges:\n- bridgeName: br-pods\novsDatapathType: netdev\n");
  assert.deepEqual([named.ovsBridge, named.ovsDatapathType], ["br-pods", "netdev"]);
  const typed = accepted("ovsBridges:\n- {bridgeName: br-int, datapathType: netdev}\n");
  assert.deepEqual([typed.ovsBridge, typed.ovsDatapathType], ["br-int", "netdev"]);
});

const refused: readonly (readonly [text: string, problem: string])[] = [
  [
    "noSNAT: false\ntunelType: geneve\n",
    '2:1: tunelType: There is no option "tunelType" here. Did you mean "tunnelType"?',
  ],
  [
    "egress:\n  exceptCIDR: []\n",
    '2:3: egress.exceptCIDR: There is no option "exceptCIDR" here. Did you mean "exceptCIDRs"?',
  ],
  [
    "exceptCIDRs: []\n",
    '1:1: exceptCIDRs: There is no option "exceptCIDRs" here. Did you mean "egress.exceptCIDRs"?',
  ],
  [
    "trafficEncapMode: hybird\n",
    '1:19: trafficEncapMode: Got "hybird", wanted "encap", "noEncap", "hybrid", "auto" or "networkPolicyOnly". Did you mean "hybrid"?',
  ],
  ["noSNAT: yes\n", '1:9: noSNAT: Got "yes", wanted true or false.'],
  [
    "flowExporter:\n  activeFlowTimeout: 60\n",
    '2:22: flowExporter.activeFlowTimeout: Got 60, wanted a time of at least 1s, such as "5s" or "1m30s".',
  ],
  [
    "egress: {exceptCIDRs: [10.0.0.0/8, 10.0.0.1/8]}\n",
    '1:36: egress.exceptCIDRs[1]: Got "10.0.0.1/8", wanted a network such as "10.10.0.0/16".',
  ],
  [
    'nodePortLocal: {portRange: "62000-61000"}\n',
    '1:28: nodePortLocal.portRange: Got "62000-61000", wanted two ports such as "61000-62000", the lower one first.',
  ],
  [
    "tlsCipherSuites: TLS_AES_128_GCM_SHA265\n",
    '1:18: tlsCipherSuites: Got "TLS_AES_128_GCM_SHA265", wanted IANA names of cipher suites. Did you mean "TLS_AES_128_GCM_SHA256"?',
  ],
  [
    "hostGateway: a-name-that-is-too-long\n",
    '1:14: hostGateway: Got "a-name-that-is-too-long", wanted an interface name of 1 to 15 characters.',
  ],
  [
    "featureGates:\n  EndpointSlice: false\n",
    "2:18: featureGates.EndpointSlice: Got false, but this gate is locked: it is always true.",
  ],
  [
    "nodePortLocal: true\n",
    "1:16: nodePortLocal: Got true, wanted options below it: enable, portRange.",
  ],
  ["noSNAT: false\nnoSNAT: true\n", "2:1: Map keys must be unique."],
  ["- a\n", '1:1: The file holds a list, wanted options as "name: value" lines.'],
  ["a: 1\n---\nb: 1\n", "2:1: The file holds two YAML documents, wanted one."],
  [
    "flowExporter:\n  activeFlowTimeout: 60s\n  activeFlowExportTimeout: 5s\n",
    '2:3: flowExporter.activeFlowTimeout: Got "60s", but flowExporter.activeFlowExportTimeout on line 3 is the same option and says "5s".',
  ],
];

test("parseAgentConfig() says file, line, key, what it saw, what it wanted, and the nearest name", () => {
  for (const [text, problem] of refused)
    assert.deepEqual(problemsOf(text), [`antrea-agent.conf:${problem}`], text);
});

const wrongTogether: readonly (readonly [text: string, key: string, part: string])[] = [
  [
    "trafficEncapMode: hybrid\ntrafficEncryptionMode: wireGuard\n",
    "trafficEncryptionMode",
    "only tunnelled traffic can be encrypted",
  ],
  ["trafficEncryptionMode: ipsec\n", "trafficEncryptionMode", "traffic would go unencrypted"],
  ["noSNAT: true\n", "noSNAT", 'only with "noEncap"'],
  ["trafficEncapMode: hybrid\nnoSNAT: true\n", "noSNAT", 'only with "noEncap"'],
  ["tunnelType: gre\ntunnelPort: 6081\n", "tunnelPort", "GRE has no port"],
  ["trafficEncapMode: networkPolicyOnly\n", "trafficEncapMode", "this version does not have"],
  ["tunnelType: stt\n", "tunnelType", "no longer"],
  [
    "trafficEncapMode: noEncap\nantreaProxy: {enable: false}\n",
    "antreaProxy.enable",
    "egress policies",
  ],
  [
    "trafficEncapMode: hybrid\nfeatureGates: {AntreaProxy: false}\n",
    "featureGates",
    "egress policies",
  ],
  ["uplinkPath: kernel\ntrafficEncapMode: noEncap\n", "uplinkPath", 'for "netdev" only'],
  ["uplinkPath: kernel\novsDatapathType: netdev\n", "uplinkPath", "cannot carry tunnels"],
  [
    "userspaceTSO: true\novsDatapathType: netdev\ntrafficEncapMode: hybrid\n",
    "userspaceTSO",
    "cannot carry tunnels",
  ],
  [
    "ovsDatapathType: system\novsBridges: [{bridgeName: br-int, datapathType: netdev}]\n",
    "ovsBridges",
    "Give one of them",
  ],
  ["hostGateway: br-int\n", "hostGateway", "wanted two names"],
  [
    "nodePortLocal: {enable: true, portRange: 10000-11000}\nclusterPort: 9999\n",
    "nodePortLocal.portRange",
    "apiPort (10350) overlap",
  ],
  ["apiPort: 7000\nclusterPort: 7000\n", "clusterPort", "wanted ports apart"],
  ["tunnelPort: 10351\n", "tunnelPort", "clusterPort (10351) overlap"],
  ["enableBridgingMode: true\n", "enableBridgingMode", "AntreaIPAM"],
  [
    "antreaProxy: {defaultLoadBalancerMode: dsr}\n",
    "antreaProxy.defaultLoadBalancerMode",
    "proxyAll",
  ],
];

test("parseAgentConfig() refuses options that are right alone and wrong together, at their line", () => {
  for (const [text, key, part] of wrongTogether) {
    const parsed = parse(text);
    const [problem, ...more] = parsed.kind === "refused" ? parsed.problems : [];
    assert.ok(problem && more.length === 0, `${text}: ${problemsOf(text).join("\n")}`);
    assert.equal(problem.key, key, text);
    assert.ok(problem.sentence.includes(part), `${text}: ${problem.sentence}`);
    const [name = ""] = key.split(".");
    const line = text.split("\n").findIndex((one) => one.startsWith(name)) + 1;
    assert.equal(problem.line, line, text);
  }
});

test("parseAgentConfig() accepts the combinations that those rules leave", () => {
  accepted("trafficEncapMode: noEncap\nnoSNAT: true\n");
  accepted(
    "trafficEncapMode: noEncap\novsDatapathType: netdev\nuplinkPath: kernel\nuserspaceTSO: true\n",
  );
  accepted("tunnelType: gre\n");
  accepted("tunnelType: vxlan\ntunnelPort: 8472\n");
  accepted("nodePortLocal: {enable: false, portRange: 10000-11000}\n");
  const parsed = parseAgentConfig(
    "trafficEncapMode: noEncap\nantreaProxy: {enable: false}\n",
    "f",
    {
      allowNoEncapWithoutAntreaProxy: true,
    },
  );
  assert.equal(parsed.kind, "accepted");
});

test("parseAgentConfig() tells every problem at once, in the order of the text", () => {
  const problems = problemsOf("tunnelPort: 99999\nnoSNAT: 1\nfoo: 2\n");
  assert.deepEqual(
    problems.map((text) => text.split(": ")[1]),
    ["tunnelPort", "noSNAT", "foo"],
  );
});

test("parseAgentConfig() never throws, whatever the text", () => {
  const scrap = fc.constantFrom(
    "trafficEncapMode",
    "egress",
    "ovsBridges",
    ": ",
    "\n",
    "  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "!!map ",
    "'",
    '"',
    "|",
    "?",
    "true",
    "null",
    "__proto__",
    "constructor",
    "1e999",
    "\t",
    "<<",
    "%",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(scrap).map((parts) => parts.join("")),
      ),
      (text) => {
        const { kind } = parse(text);
        assert.ok(kind === "accepted" || kind === "refused");
      },
    ),
    { numRuns: 2000 },
  );
});
