import { type ControllerInfo, objectNames, PRODUCT_VERSION } from "@antrea/api";
import type { RoutesReport } from "../cloud-routes/keep-routes.ts";
import { routesCondition } from "../cloud-routes/status.ts";
import type { PolicyCounts } from "@antrea/policy";
import type { IpamStatus } from "../node-ipam/status.ts";

/** Where this controller runs, from the environment that the manifest sets. */
export interface Identity {
  readonly nodeName: string;
  readonly podName: string;
  readonly podNamespace: string;
}

export interface ControllerFacts {
  readonly identity: Identity;
  readonly apiPort: number;
  readonly connectedAgents: number;
  /** Undefined until this leader has computed them. */
  readonly policies: PolicyCounts | undefined;
  /** Undefined where Node IPAM is off. */
  readonly ipam: IpamStatus | undefined;
  /** Undefined where no table of routes is kept, or none was read yet. */
  readonly routes: RoutesReport | undefined;
  readonly wallTime: Date;
}

type Condition = NonNullable<ControllerInfo["controllerConditions"]>[number];

/** What the controller says of itself, as true at `wallTime`. */
export function controllerInfo(facts: ControllerFacts): ControllerInfo {
  const { identity, apiPort, connectedAgents, policies, ipam, routes, wallTime } = facts;
  const lastHeartbeatTime = wallTime.toISOString();
  const conditions: Condition[] = [
    { type: "ControllerHealthy", status: "True", lastHeartbeatTime },
  ];
  if (ipam)
    conditions.push({
      type: "NodeIPAMHealthy",
      status: ipam.isHealthy ? "True" : "False",
      lastHeartbeatTime,
      reason: ipam.reason,
      message: ipam.message,
    });
  if (routes) conditions.push({ ...routesCondition(routes), lastHeartbeatTime });
  return {
    version: PRODUCT_VERSION,
    podRef: { kind: "Pod", namespace: identity.podNamespace, name: identity.podName },
    nodeRef: { kind: "Node", name: identity.nodeName },
    serviceRef: { kind: "Service", namespace: identity.podNamespace, name: objectNames.service },
    networkPolicyControllerInfo: {
      networkPolicyNum: policies?.networkPolicies ?? 0,
      addressGroupNum: policies?.addressGroups ?? 0,
      appliedToGroupNum: policies?.appliedToGroups ?? 0,
    },
    connectedAgentNum: connectedAgents,
    controllerConditions: conditions,
    apiPort,
  };
}
