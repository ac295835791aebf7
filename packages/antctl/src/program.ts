import { PRODUCT_VERSION } from "@antrea/api";
import { defineProgram, duration, text, value } from "@antrea/command";
import { checkConnectivity } from "./commands/check-connectivity.ts";
import { checkRoutes } from "./commands/check-routes.ts";
import { endConnections } from "./commands/end-connections.ts";
import { explain } from "./commands/explain.ts";
import { getAgentInfo } from "./commands/get-agentinfo.ts";
import { getChanges } from "./commands/get-changes.ts";
import { getClusterGroup } from "./commands/get-clustergroup.ts";
import { getControllerInfo } from "./commands/get-controllerinfo.ts";
import { getFeatureGates } from "./commands/get-featuregates.ts";
import { getFlowStats } from "./commands/get-flowstats.ts";
import { getModeChange } from "./commands/get-modechange.ts";
import { getNodes } from "./commands/get-nodes.ts";
import { getAddressGroup } from "./commands/get-addressgroup.ts";
import { getAppliedToGroup } from "./commands/get-appliedtogroup.ts";
import { getNetworkPolicy } from "./commands/get-networkpolicy.ts";
import { getPaths } from "./commands/get-paths.ts";
import { getOvsFlows } from "./commands/get-ovsflows.ts";
import { getPodInterface } from "./commands/get-podinterface.ts";
import { getTier } from "./commands/get-tier.ts";
import { localRequest } from "./commands/local-request.ts";
import { logLevel } from "./commands/log-level.ts";
import { plan } from "./commands/plan.ts";
import { queryEndpoint } from "./commands/query-endpoint.ts";
import { setMode } from "./commands/set-mode.ts";
import { tracePacket } from "./commands/trace-packet.ts";
import { waitPolicy } from "./commands/wait-policy.ts";
import { version } from "./commands/version.ts";

/** Everything that antctl does. The parser, help, completion and the reference page read this list. */
export const antctl = defineProgram({
  name: "antctl",
  summary: "Read and check the Antrea network",
  description:
    "Runs in three places: in an agent's Pod (asks that agent), in the controller's Pod, and on a person's machine " +
    "(reads the cluster of the kubeconfig, and asks agents by exec into their Pods).",
  version: PRODUCT_VERSION,
  globals: {
    kubeconfig: text("Cluster to use, rather than $KUBECONFIG or ~/.kube/config", {
      short: "k",
      placeholder: "FILE",
    }),
    context: text("Context of the kubeconfig", { placeholder: "NAME" }),
    server: text("API server to use, rather than the kubeconfig's", {
      short: "s",
      placeholder: "URL",
    }),
    timeout: value("How long the command may take", duration, { short: "t", default: 60_000 }),
  },
  groups: {
    get: "Print what agents and controller know",
    query: "Ask what concerns an object",
    end: "Put an end to what began",
    wait: "Return when something has come about",
    check: "Find out by packets whether the network works",
  },
  commands: [
    getAgentInfo,
    getControllerInfo,
    getNodes,
    getModeChange,
    getNetworkPolicy,
    getAddressGroup,
    getAppliedToGroup,
    getPaths,
    getPodInterface,
    getOvsFlows,
    getFlowStats,
    getChanges,
    getFeatureGates,
    getTier,
    getClusterGroup,
    queryEndpoint,
    explain,
    plan,
    waitPolicy,
    endConnections,
    setMode,
    tracePacket,
    checkConnectivity,
    checkRoutes,
    logLevel,
    version,
    localRequest,
  ],
});
