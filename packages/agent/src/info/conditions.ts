import type { AgentInfo } from "@antrea/api";

/** What the conditions are told from, true at one moment. */
export interface ConditionFacts {
  readonly isOvsdbConnected: boolean;
  readonly isSwitchConnected: boolean;
  readonly isApiConnected: boolean;
  readonly datapath: { readonly wanted: string; readonly used: string };
  /** Options that are read but do nothing in this version, each by its name. */
  readonly inactiveOptions: readonly string[];
}

export type Condition = NonNullable<AgentInfo["agentConditions"]>[number];

/** How the agent fares, in Antrea's condition types and two of our own. */
export function agentConditions(facts: ConditionFacts, wallTime: Date): readonly Condition[] {
  const { isOvsdbConnected, isSwitchConnected, isApiConnected, datapath, inactiveOptions } = facts;
  const lastHeartbeatTime = wallTime.toISOString();
  const condition = (type: Condition["type"], problem: Problem | undefined): Condition => ({
    type,
    status: problem ? "False" : "True",
    lastHeartbeatTime,
    ...problem,
  });
  return [
    condition(
      "AgentHealthy",
      isOvsdbConnected && isSwitchConnected
        ? undefined
        : {
            reason: "NotConnected",
            message: `${isOvsdbConnected ? "ovs-vswitchd" : "ovsdb-server"} does not answer: Pods cannot be connected until it does`,
          },
    ),
    condition(
      "ControllerConnectionUp",
      isApiConnected
        ? undefined
        : {
            reason: "ApiServerAway",
            message: "The API server does not answer; the Node goes on with what it knows",
          },
    ),
    condition("OVSDBConnectionUp", isOvsdbConnected ? undefined : away("ovsdb-server")),
    condition("OpenflowConnectionUp", isSwitchConnected ? undefined : away("ovs-vswitchd")),
    condition(
      "DatapathAsConfigured",
      datapath.wanted === datapath.used
        ? undefined
        : {
            reason: "NotAvailable",
            message: `${datapath.wanted} was asked for; this machine offers ${datapath.used}`,
          },
    ),
    condition(
      "OptionsActive",
      inactiveOptions.length === 0
        ? undefined
        : {
            reason: "NotInThisVersion",
            message: `Read, and without effect in this version: ${inactiveOptions.join(", ")}`,
          },
    ),
  ];
}

interface Problem {
  readonly reason: string;
  readonly message: string;
}

function away(program: string): Problem {
  return {
    reason: "NotConnected",
    message: `${program} does not answer, will reconnect; see the Pod antrea-ovs of this Node`,
  };
}
