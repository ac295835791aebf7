import type { agentOptions } from "./agent-options.ts";
import { resolveGates } from "./feature-gates.ts";
import type { Rule, RuleInput } from "./parse-config.ts";

type AgentRule = Rule<typeof agentOptions>;
type AgentReading = RuleInput<typeof agentOptions>;
type BridgeOptions = Pick<AgentReading["config"], "ovsBridges" | "ovsBridge" | "ovsDatapathType">;

export interface AgentRuleOptions {
  readonly allowNoEncapWithoutAntreaProxy: boolean;
}

/** What must go together in `antrea-agent.conf`. Each rule says its own reason. */
export function agentRules(options: AgentRuleOptions): readonly AgentRule[] {
  return [
    builtModes,
    noSnatOnlyInNoEncap,
    proxyWhereNotTunnelled(options),
    tunnelPortFitsType,
    bridgesAgree,
    interfacesDiffer,
    netdevOnly,
    bridgingMode,
    directServerReturn,
    multicast,
    portsApart,
  ];
}

const builtModes: AgentRule = ({ config, refuse }) => {
  const { trafficEncapMode, tunnelType, trafficEncryptionMode } = config;
  if (trafficEncapMode === "networkPolicyOnly")
    refuse(
      ["trafficEncapMode"],
      'Got "networkPolicyOnly", which this version does not have; wanted "encap", "noEncap", "hybrid" or "auto".',
    );
  if (tunnelType === "stt")
    refuse(
      ["tunnelType"],
      'Got "stt", which Open vSwitch has no longer; wanted "geneve", "vxlan" or "gre".',
    );
  if (trafficEncryptionMode === "none") return;
  refuse(
    ["trafficEncryptionMode"],
    trafficEncapMode === "encap"
      ? `Got "${trafficEncryptionMode}", which this version does not have; wanted "none". The agent does not start, because traffic would go unencrypted.`
      : `Got "${trafficEncryptionMode}" with trafficEncapMode "${trafficEncapMode}", wanted "none": only tunnelled traffic can be encrypted, and only "encap" tunnels all of it.`,
  );
};

const noSnatOnlyInNoEncap: AgentRule = ({ config, refuse }) => {
  if (config.noSNAT && config.trafficEncapMode !== "noEncap")
    refuse(
      ["noSNAT"],
      `Got true with trafficEncapMode "${config.trafficEncapMode}", wanted false: where Pods are reached by tunnels, the network outside has no way back to their addresses. Set it only with "noEncap".`,
    );
};

function proxyWhereNotTunnelled({ allowNoEncapWithoutAntreaProxy }: AgentRuleOptions): AgentRule {
  return ({ config, refuse }) => {
    const isProxyOn = config.antreaProxy.enable && resolveGates(config.featureGates).AntreaProxy;
    if (isProxyOn || config.trafficEncapMode === "encap" || allowNoEncapWithoutAntreaProxy) return;
    refuse(
      ["antreaProxy.enable", "featureGates"],
      `AntreaProxy is off with trafficEncapMode "${config.trafficEncapMode}": traffic to a Service would leave the Node before egress policies see it. Turn it on, or set ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY=true in the agent's environment.`,
    );
  };
}

const tunnelPortFitsType: AgentRule = ({ config, refuse }) => {
  if (config.tunnelType === "gre" && config.tunnelPort !== 0)
    refuse(
      ["tunnelPort"],
      `Got ${config.tunnelPort} with tunnelType "gre", wanted 0: GRE has no port.`,
    );
};

const bridgesAgree: AgentRule = ({ config, isGiven, refuse }) => {
  const [bridge] = config.ovsBridges;
  if (!bridge) return;
  const said = [
    { key: "ovsBridge", here: "bridgeName", there: bridge.bridgeName, own: config.ovsBridge },
    {
      key: "ovsDatapathType",
      here: "datapathType",
      there: bridge.datapathType,
      own: config.ovsDatapathType,
    },
  ];
  for (const { key, here, there, own } of said)
    if (isGiven(key) && there !== "" && there !== own)
      refuse(
        ["ovsBridges"],
        `Its ${here} is "${there}", but ${key} says "${own}". Give one of them.`,
      );
};

const interfacesDiffer: AgentRule = ({ config, refuse }) => {
  const { name: bridge } = podBridge(config);
  const names = { ovsBridge: bridge, hostGateway: config.hostGateway, tunnel: "antrea-tun0" };
  if (bridge === config.hostGateway)
    refuse(
      ["hostGateway", "ovsBridge", "ovsBridges"],
      `Got "${bridge}" for bridge and gateway, wanted two names.`,
    );
  for (const key of ["ovsBridge", "hostGateway"] as const)
    if (names[key] === names.tunnel)
      refuse([key, "ovsBridges"], `Got "${names.tunnel}", which is the name of the tunnel port.`);
};

/** The bridge that Pods are on, whichever way it was told. */
export function podBridge({ ovsBridges, ovsBridge, ovsDatapathType }: BridgeOptions): {
  readonly name: string;
  readonly datapathType: BridgeOptions["ovsDatapathType"];
} {
  const [bridge] = ovsBridges;
  return {
    name: bridge?.bridgeName || ovsBridge,
    datapathType: bridge?.datapathType || ovsDatapathType,
  };
}

const netdevOnly: AgentRule = ({ config, refuse }) => {
  const { datapathType } = podBridge(config);
  const asked = [
    { key: "uplinkPath", isAsked: config.uplinkPath === "kernel", value: "kernel" },
    { key: "userspaceTSO", isAsked: config.userspaceTSO, value: true },
  ];
  for (const { key, value } of asked.filter(({ isAsked }) => isAsked)) {
    const got = `Got ${JSON.stringify(value)}`;
    if (datapathType !== "netdev")
      refuse(
        [key],
        `${got} with ovsDatapathType "${datapathType}": it is for "netdev" only. Remove it, or set ovsDatapathType to "netdev".`,
      );
    if (config.trafficEncapMode !== "noEncap")
      refuse(
        [key],
        `${got} with trafficEncapMode "${config.trafficEncapMode}": it cannot carry tunnels. Set it only with "noEncap".`,
      );
  }
};

const bridgingMode: AgentRule = ({ config, refuse }) => {
  const isFit =
    config.trafficEncapMode === "noEncap" &&
    config.noSNAT &&
    resolveGates(config.featureGates).AntreaIPAM;
  if (config.enableBridgingMode && !isFit)
    refuse(
      ["enableBridgingMode"],
      'Got true, which needs trafficEncapMode "noEncap", noSNAT true and the feature gate AntreaIPAM.',
    );
};

const directServerReturn: AgentRule = ({ config, refuse }) => {
  const { defaultLoadBalancerMode, proxyAll } = config.antreaProxy;
  if (defaultLoadBalancerMode === "dsr" && !(config.trafficEncapMode === "encap" && proxyAll))
    refuse(
      ["antreaProxy.defaultLoadBalancerMode"],
      'Got "dsr", which needs trafficEncapMode "encap" and antreaProxy.proxyAll true.',
    );
};

const multicast: AgentRule = ({ config, refuse }) => {
  const { enable, multicastInterfaces } = config.multicast;
  if (enable && config.trafficEncapMode === "encap" && multicastInterfaces.length > 0)
    refuse(
      ["multicast.multicastInterfaces"],
      'Got interfaces with trafficEncapMode "encap", where only the transport interface carries multicast. Remove them.',
    );
};

interface PortUse {
  readonly key: string;
  readonly protocols: readonly ("tcp" | "udp")[];
  readonly first: number;
  readonly last: number;
}

/** Every port that the agent would listen on with this configuration, so that no two are the same. */
function portUses({ config }: AgentReading): readonly PortUse[] {
  const one = (key: string, port: number, ...protocols: PortUse["protocols"]): PortUse => ({
    key,
    protocols,
    first: port,
    last: port,
  });
  const tunnelPorts = { geneve: 6081, vxlan: 4789, gre: 0, stt: 7471 };
  const tunnel = config.tunnelPort || tunnelPorts[config.tunnelType];
  const { enable, portRange } = config.nodePortLocal;
  return [
    one("apiPort", config.apiPort, "tcp"),
    one("clusterPort", config.clusterPort, "tcp", "udp"),
    ...(tunnel && config.trafficEncapMode !== "noEncap" ? [one("tunnelPort", tunnel, "udp")] : []),
    ...(enable
      ? [{ key: "nodePortLocal.portRange", protocols: ["tcp", "udp"] as const, ...portRange }]
      : []),
  ];
}

const portsApart: AgentRule = (reading) => {
  const uses = portUses(reading);
  for (const [i, a] of uses.entries())
    for (const b of uses.slice(i + 1)) {
      const overlaps = a.first <= b.last && b.first <= a.last;
      if (!overlaps || !a.protocols.some((protocol) => b.protocols.includes(protocol))) continue;
      reading.refuse(
        [b.key, a.key],
        `${b.key} (${portText(b)}) and ${a.key} (${portText(a)}) overlap, wanted ports apart.`,
      );
    }
};

function portText({ first, last }: PortUse): string {
  return first === last ? `${first}` : `${first}-${last}`;
}
