import type { ConfigOf } from "./option.ts";
import { agentOptions } from "./agent-options.ts";
import { agentRules, podBridge } from "./agent-rules.ts";
import { type GateStates, resolveGates } from "./feature-gates.ts";
import { type ParsedConfig, parseConfig } from "./parse-config.ts";

type AgentOptionValues = ConfigOf<typeof agentOptions>;

/**
 * What an agent is told, with every default filled in and every name in its one spelling.
 * `ovsBridge` and `ovsDatapathType` already say what `ovsBridges` asked for.
 */
export type AgentConfig = Omit<
  AgentOptionValues,
  "featureGates" | "ovsBridges" | "trafficEncapMode" | "tunnelType" | "trafficEncryptionMode"
> & {
  readonly featureGates: GateStates;
  readonly trafficEncapMode: TrafficEncapMode;
  readonly tunnelType: TunnelType;
};

/** How Pod traffic crosses Nodes. */
export type TrafficEncapMode = Exclude<AgentOptionValues["trafficEncapMode"], "networkPolicyOnly">;
export type TunnelType = Exclude<AgentOptionValues["tunnelType"], "stt">;
export type OvsDatapathType = AgentOptionValues["ovsDatapathType"];
export type UplinkPath = AgentOptionValues["uplinkPath"];

export interface AgentConfigOptions {
  /** `ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY=true` in the agent's environment. */
  readonly allowNoEncapWithoutAntreaProxy?: boolean | undefined;
}

/** Reads `antrea-agent.conf`. `file` is the name that problems are told with. */
export function parseAgentConfig(
  text: string,
  file: string,
  { allowNoEncapWithoutAntreaProxy = false }: AgentConfigOptions = {},
): ParsedConfig<AgentConfig> {
  const rules = agentRules({ allowNoEncapWithoutAntreaProxy });
  return parseConfig(text, file, { options: agentOptions, rules, finish: finishAgentConfig });
}

function finishAgentConfig(values: AgentOptionValues): AgentConfig {
  const { ovsBridges: _bridges, trafficEncryptionMode: _none, ...rest } = values;
  const bridge = podBridge(values);
  return Object.freeze({
    ...rest,
    trafficEncapMode: rest.trafficEncapMode as TrafficEncapMode, // the rules refuse the others
    tunnelType: rest.tunnelType as TunnelType,
    featureGates: resolveGates(rest.featureGates),
    ovsBridge: bridge.name,
    ovsDatapathType: bridge.datapathType,
  });
}
