import type { AgentInfo } from "@antrea/api";

/** What the conditions are told from, true at one moment. */
export interface ConditionFacts {
  readonly isOvsdbConnected: boolean;
  readonly isSwitchConnected: boolean;
  readonly isApiConnected: boolean;
  readonly datapath: { readonly wanted: DatapathType; readonly used: DatapathType };
  /** Options that are read but do nothing in this version, each by its name. */
  readonly inactiveOptions: readonly string[];
  /** What the file asks for, and what is followed instead, because the whole cluster does; undefined where they agree. */
  readonly otherMode?: { readonly wanted: string; readonly followed: string } | undefined;
  /** Options that do nothing with the datapath in force. */
  readonly withoutEffect: readonly string[];
}

type DatapathType = "system" | "netdev";

export type Condition = NonNullable<AgentInfo["agentConditions"]>[number];

/** How the agent fares, in Antrea's condition types and two of our own. */
export function agentConditions(facts: ConditionFacts, wallTime: Date): readonly Condition[] {
  const { isOvsdbConnected, isSwitchConnected, isApiConnected, datapath } = facts;
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
            message: `${datapath.wanted} was asked for; this machine offers ${datapath.used}. ${remedies[datapath.wanted]}`,
          },
    ),
    condition("OptionsActive", inactive(facts)),
    condition(
      "ModeAsConfigured",
      facts.otherMode && {
        reason: "ChangeIsLed",
        message: `antrea-agent.conf as it was when this agent started says ${facts.otherMode.wanted}; all Nodes follow ${facts.otherMode.followed}: see "antctl get modechange"`,
      },
    ),
  ];
}

interface Problem {
  readonly reason: string;
  readonly message: string;
}

/** How a machine comes to offer it. ovs-vswitchd looks once, when it starts. */
const remedies: Readonly<Record<DatapathType, string>> = {
  system:
    "To have it: modprobe openvswitch on the Node, then delete its Pods antrea-ovs and antrea-agent",
  netdev: "To have it: modprobe tun on the Node, then delete its Pods antrea-ovs and antrea-agent",
};

/** Of two reasons the first gives the name; the message tells of both. */
function inactive({ inactiveOptions, withoutEffect, datapath }: ConditionFacts) {
  const problems = [
    ...(inactiveOptions.length === 0
      ? []
      : [
          {
            reason: "NotInThisVersion",
            message: `Read, and without effect in this version: ${inactiveOptions.join(", ")}`,
          },
        ]),
    ...(withoutEffect.length === 0
      ? []
      : [
          {
            reason: "NotWithThisDatapath",
            message: `Without effect with the datapath ${datapath.used}: ${withoutEffect.join(", ")}`,
          },
        ]),
  ];
  const [first] = problems;
  return first && { ...first, message: problems.map(({ message }) => message).join(". ") };
}

function away(program: string): Problem {
  return {
    reason: "NotConnected",
    message: `${program} does not answer, will reconnect; see the Pod antrea-ovs of this Node`,
  };
}
