import { shape } from "@antrea/base";
import { agentInfoKind, controllerInfoKind, modeChangeKind } from "../crd/index.ts";
import { networkSettings } from "../network-settings.ts";
import { get, getWith, post, put, truthText } from "./endpoint.ts";
import { type LocalTransport } from "./exchange.ts";
import {
  changeRow,
  endedConnections,
  endpointPolicies,
  endRequest,
  featureGateRow,
  flowRow,
  flowStat,
  groupRow,
  logLevelState,
  neededRoute,
  nodePath,
  nodePlan,
  nodePolicyPlan,
  ovsFlows,
  pathRow,
  podInterface,
  policySpan,
  policyRow,
  probeRequest,
  probeResult,
  programVersion,
  shareChange,
  traceReply,
  traceRequest,
} from "./model.ts";
import { type Handlers, localApiRouter, type RouterOptions } from "./router.ts";

const text = shape.optional(shape.text);
const wholeOf = (digits: string): number | undefined =>
  /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;

/** What both programs answer. */
const common = {
  version: get("/version", "The program and its version", programVersion),
  featureGates: get("/featuregates", "Feature gates", shape.list(featureGateRow)),
  logLevel: get("/loglevel", "How much is logged", logLevelState),
  setLogLevel: put("/loglevel", "Log more or less", {
    body: logLevelState,
    response: logLevelState,
  }),
} as const;

/** What the agent answers on its socket. */
export const agentApi = {
  ...common,
  agentInfo: get("/agentinfo", "The agent and its Node", agentInfoKind.fields),
  modeChange: get(
    "/modechange",
    "The change of traffic mode that is led, or the last one",
    shape.list(modeChangeKind.fields),
  ),
  nodes: get("/nodes", "How each Node is reached", shape.list(nodePath)),
  paths: get("/paths", "The way to each Node, and what was measured of it", shape.list(pathRow)),
  podInterfaces: getWith("/podinterfaces", "Pods on the bridge", {
    query: { name: text, namespace: text },
    response: shape.list(podInterface),
  }),
  networkPolicies: get(
    "/networkpolicies",
    "Policies of this Node, and how far they are in force",
    shape.list(policyRow),
  ),
  addressGroups: get("/addressgroups", "Whom policies speak of as peers", shape.list(groupRow)),
  appliedToGroups: get(
    "/appliedtogroups",
    "Whom on this Node policies are for",
    shape.list(groupRow),
  ),
  ovsFlows: getWith("/ovsflows", "OpenFlow entries with who asked for them", {
    query: {
      /** "namespace/name". */
      pod: text,
      /** Names or numbers, with commas between. */
      table: text,
      /** Names of features, with commas between. */
      feature: text,
      groups: shape.optional(truthText),
      /** "true": the counts alone. */
      countsOnly: shape.optional(truthText),
    },
    response: ovsFlows,
  }),
  ruleFlows: getWith("/ruleflows", "OpenFlow entries of one rule of a policy", {
    query: {
      kind: shape.text,
      /** Empty for kinds of the cluster. */
      namespace: shape.text,
      name: shape.text,
      direction: shape.oneOf(["In", "Out"]),
      /** The place in its policy's list for the direction, from 0; without it, what isolates. */
      index: shape.optional(shape.parsed("a whole number", wholeOf)),
    },
    response: shape.list(flowRow),
  }),
  flowStats: get(
    "/flowstats",
    "How many flows there are, and what one more object costs",
    shape.list(flowStat),
  ),
  endConnections: post("/endedconnections", "End connections that rules in force forbid", {
    body: endRequest,
    response: endedConnections,
  }),
  trace: post("/ovstracing", "What a packet would meet", {
    body: traceRequest,
    response: traceReply,
  }),
  plan: post("/plan", "What a change of the traffic mode would do here", {
    body: networkSettings,
    response: nodePlan,
  }),
  planPolicies: post("/policyplan", "What another share of the policies would do here", {
    body: shareChange,
    response: nodePolicyPlan,
  }),
  probe: post("/connectivity", "Probe the way to other Nodes", {
    body: probeRequest,
    response: shape.list(probeResult),
  }),
  routes: get(
    "/routes",
    "Routes that are needed, and whether they are there",
    shape.list(neededRoute),
  ),
  changes: getWith("/changes", "The last changes of switch and host", {
    query: {
      /** A part of the owner, as in "shop/cart-0". */
      owner: text,
      /** Names of kinds, with commas between. */
      kind: text,
      /** Only those after this serial number. */
      after: shape.optional(shape.parsed("a whole number", wholeOf)),
    },
    response: shape.list(changeRow),
  }),
} as const;
export type AgentApi = typeof agentApi;

/** What the controller answers on its socket. */
export const controllerApi = {
  ...common,
  controllerInfo: get("/controllerinfo", "The controller", controllerInfoKind.fields),
  endpoint: getWith("/endpoint", "The policies that concern a Pod", {
    query: { pod: shape.text, namespace: shape.text },
    response: endpointPolicies,
  }),
  policySpan: getWith("/policyspan", "The Nodes that a policy concerns", {
    query: { uid: shape.text },
    response: policySpan,
  }),
} as const;
export type ControllerApi = typeof controllerApi;

/** Answers requests to the agent's local API. See `localApiRouter`. */
export function agentRouter(handlers: Handlers<AgentApi>, options?: RouterOptions): LocalTransport {
  return localApiRouter(agentApi, handlers, options);
}

/** Answers requests to the controller's local API. See `localApiRouter`. */
export function controllerRouter(
  handlers: Handlers<ControllerApi>,
  options?: RouterOptions,
): LocalTransport {
  return localApiRouter(controllerApi, handlers, options);
}
