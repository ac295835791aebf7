import type { ControllerInfo, ModeChange } from "@antrea/api";
import {
  type AgentApi,
  controllerRouter,
  type Handlers,
  type LocalTransport,
  type PolicySpan,
  refuse,
} from "@antrea/api/local-api";
import { runCommandLine } from "@antrea/command";
import { capturedStreams } from "@antrea/command/testing";
import type { StreamName, StreamObject } from "@antrea/policy/controlplane";
import type { ClusterObjects } from "@antrea/policy/reference";
import type { AntctlContext, Cluster } from "../context.ts";
import type { Place } from "../place.ts";
import { antctl } from "../program.ts";
import { fakeAgent, fakeInfo, type FakeNode, nameOf } from "./fake-agent.ts";

/** A fake cluster, seen from one of the three places. */
export interface FakeSetting {
  readonly place: Place;
  readonly nodes: readonly FakeNode[];
  readonly mode?: "hybrid" | "noEncap";
  /** Names of Nodes whose agent cannot be reached. */
  readonly away?: readonly string[];
  readonly stdin?: string;
  /** `antrea-agent.conf` in the ConfigMap; what a command writes is there afterwards. */
  readonly config?: { text: string };
  readonly files?: Readonly<Record<string, string>>;
  /** What the ModeChange is at each look, the last one for good. */
  readonly modeChanges?: readonly ModeChange[];
  /** What the API server lists. */
  readonly objects?: Partial<ClusterObjects>;
  /** What the aggregated API lists. */
  readonly computed?: { readonly [K in StreamName]?: readonly StreamObject[K][] };
  /** What the agents answer differently. */
  readonly agents?: Partial<Handlers<AgentApi>>;
  /** What the controller says at each look of the Nodes that a policy concerns, the last one for good. */
  readonly spans?: readonly PolicySpan[];
  /** Of the controller, beside its health. */
  readonly conditions?: NonNullable<ControllerInfo["controllerConditions"]>;
}

export interface AntctlRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in process. In an agent's Pod it is that of the first Node. */
export async function runAntctl(setting: FakeSetting, line: string): Promise<AntctlRun> {
  const streams = capturedStreams({ stdin: setting.stdin ?? "" });
  const code = await runCommandLine({
    program: antctl,
    argv: line.split(" "),
    streams,
    context: () => fakeContext(setting),
    timeoutMs: ({ timeout }) => timeout,
  });
  return { code, out: streams.out, err: streams.err };
}

function fakeContext({
  place,
  nodes,
  mode = "hybrid",
  away = [],
  agents: more,
  config = { text: "trafficEncapMode: encap\n" },
  modeChanges = [],
  files = {},
  objects = {},
  computed = {},
  conditions = [],
  spans = [],
}: FakeSetting): AntctlContext {
  const changes = [...modeChanges];
  const lastChange = changes.at(-1);
  const agents = new Map(nodes.map((node) => [nameOf(node), fakeAgent(node, nodes, mode, more)]));
  const controller = fakeController(spans);
  const cluster: Cluster = {
    server: "https://api.test:6443",
    agentInfos: async () => nodes.map((node) => ({ name: nameOf(node), ...fakeInfo(node, mode) })),
    controllerInfo: async () => ({
      ...controllerInfo,
      controllerConditions: [...controllerInfo.controllerConditions, ...conditions],
    }),
    modeChange: async () => changes.shift() ?? lastChange,
    agentConfig: async () => config.text,
    async setAgentConfig(text, { before }) {
      if (before !== config.text) throw new Error("Somebody else has written meanwhile");
      config.text = text;
    },
    nodes: async () => nodes.map((node) => ({ name: nameOf(node), providerID: undefined })),
    findPod: async (_namespace, name) =>
      name === "ghost"
        ? undefined
        : { node: name.replace("on-", ""), ips: ["10.244.2.5", "fd00:10:244:2::5"] },
    objects: async (part) => objects[part] ?? [],
    object: async (part, wanted) =>
      (objects[part] ?? []).find((object) => {
        const { metadata } = object as { readonly metadata: { name: string; namespace?: string } };
        return metadata.name === wanted.name && metadata.namespace === wanted.namespace;
      }),
    computed: async (stream) => computed[stream] ?? [],
    toAgent: (node) => (away.includes(node) ? nobody(node) : (agents.get(node) ?? nobody(node))),
    toController: () => controller,
  };
  const first = nodes[0];
  return {
    place,
    local: place === "agent" && first ? (agents.get(nameOf(first)) ?? nobody("")) : controller,
    cluster: async () => cluster,
    readFile: async (path) => files[path] ?? Promise.reject(new Error(`There is no ${path}`)),
    async sleep(_ms, { signal }) {
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    },
  };
}

function nobody(node: string): LocalTransport {
  return () => Promise.reject(new Error(`No Pod antrea-agent runs on Node ${node}.`));
}

const controllerInfo = {
  version: "v0.1.0",
  podRef: { namespace: "kube-system", name: "antrea-controller-0" },
  connectedAgentNum: 2,
  controllerConditions: [{ type: "ControllerHealthy" as const, status: "True" as const }],
};

const denyAll = {
  kind: "AntreaClusterNetworkPolicy",
  namespace: "",
  ...{ name: "deny-all", uid: "0c5f8f2e-1f0f-4d57-9a0a-f2f5a1b9d001" },
};
const oneRule = { direction: "In", index: 1, name: "no-web" } as const;

function fakeController(told: readonly PolicySpan[]): LocalTransport {
  const spans = [...told];
  const lastSpan = spans.at(-1);
  return controllerRouter({
    version: () => ({ component: "antrea-controller", version: "v0.1.0" }),
    featureGates: () => [
      { component: "controller", name: "NodeIPAM", status: "Enabled", version: "BETA" },
    ],
    logLevel: () => ({ level: "info" }),
    setLogLevel: ({ body }) => body,
    controllerInfo: () => controllerInfo,
    policySpan: () => spans.shift() ?? lastSpan ?? { generation: 0, nodes: [] },
    endpoint({ query: { namespace, pod } }) {
      if (pod === "ghost") throw refuse(404, `There is no Pod ${namespace}/${pod}.`);
      return { applied: [denyAll], peerOf: [{ policy: denyAll, ...oneRule }] };
    },
  });
}
