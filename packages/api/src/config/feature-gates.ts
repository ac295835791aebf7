import { nearest } from "@antrea/base";
import { describe } from "./document.ts";
import type { ValueType } from "./option.ts";
import { didYouMean } from "./problem.ts";

export type GateStage = "alpha" | "beta" | "ga" | "deprecated";

/** One feature gate of Antrea, as data. */
export interface FeatureGate {
  /** Which programs read it. */
  readonly components: readonly ("agent" | "controller")[];
  readonly default: boolean;
  readonly stage: GateStage;
  /** Cannot be set to anything but its default. */
  readonly isLocked?: true;
  /** Whether this version does what the gate opens. */
  readonly isBuilt?: true;
}

const A = ["agent"] as const;
const C = ["controller"] as const;
const AC = ["agent", "controller"] as const;

/** Every gate that Antrea 2.8 knows, so that its configurations are read as they stand. */
export const featureGates = {
  AntreaProxy: { components: A, default: true, stage: "ga" },
  EndpointSlice: { components: A, default: true, stage: "ga", isLocked: true },
  TopologyAwareHints: { components: A, default: true, stage: "ga", isLocked: true },
  ServiceTrafficDistribution: { components: A, default: true, stage: "ga", isLocked: true },
  PreferSameTrafficDistribution: { components: A, default: false, stage: "alpha" },
  CleanupStaleUDPSvcConntrack: { components: A, default: true, stage: "beta" },
  LoadBalancerModeDSR: { components: A, default: false, stage: "alpha" },
  AntreaPolicy: { components: AC, default: true, stage: "beta", isBuilt: true },
  Traceflow: { components: AC, default: true, stage: "beta" },
  FlowExporter: { components: A, default: false, stage: "alpha" },
  NetworkPolicyStats: { components: AC, default: true, stage: "beta" },
  NodePortLocal: { components: A, default: true, stage: "ga" },
  Egress: { components: AC, default: true, stage: "beta" },
  NodeIPAM: { components: C, default: true, stage: "beta", isBuilt: true },
  AntreaIPAM: { components: AC, default: false, stage: "alpha" },
  Multicast: { components: AC, default: true, stage: "beta" },
  SecondaryNetwork: { components: A, default: false, stage: "alpha" },
  ServiceExternalIP: { components: AC, default: true, stage: "beta" },
  TrafficControl: { components: A, default: false, stage: "alpha" },
  Multicluster: { components: AC, default: false, stage: "alpha" },
  IPsecCertAuth: { components: AC, default: false, stage: "alpha" },
  ExternalNode: { components: A, default: false, stage: "alpha" },
  SupportBundleCollection: { components: AC, default: false, stage: "alpha" },
  L7NetworkPolicy: { components: AC, default: false, stage: "alpha" },
  AdminNetworkPolicy: { components: C, default: false, stage: "deprecated" },
  ClusterNetworkPolicy: { components: C, default: false, stage: "alpha" },
  EgressTrafficShaping: { components: A, default: false, stage: "alpha" },
  EgressSeparateSubnet: { components: A, default: true, stage: "beta" },
  NodeNetworkPolicy: { components: A, default: false, stage: "alpha", isBuilt: true },
  BGPPolicy: { components: A, default: false, stage: "alpha" },
  NodeLatencyMonitor: { components: A, default: false, stage: "alpha" },
  PacketCapture: { components: A, default: false, stage: "alpha" },
  NFTablesHostNetworkMode: { components: A, default: false, stage: "alpha" },
  AntreaNodeConfig: { components: A, default: true, stage: "beta" },
} as const satisfies Readonly<Record<string, FeatureGate>>;

export type GateName = keyof typeof featureGates;
export const gateNames = Object.freeze(Object.keys(featureGates)) as readonly GateName[];

/** Opens all gates of one stage, unless a gate's own line says otherwise. */
const stageToggles = { AllAlpha: "alpha", AllBeta: "beta" } as const;
type ToggleName = keyof typeof stageToggles;

/** What the text says, before defaults. */
export type GateSettings = Readonly<Partial<Record<GateName | ToggleName, boolean>>>;

/** Whether each gate is open once defaults and stage toggles are applied. */
export type GateStates = Readonly<Record<GateName, boolean>>;

export function resolveGates(settings: GateSettings): GateStates {
  const states = gateNames.map((name) => {
    const gate: FeatureGate = featureGates[name];
    return [name, settings[name] ?? (gate.isLocked ? true : byStage(gate, settings))];
  });
  return Object.freeze(Object.fromEntries(states)) as GateStates;
}

function byStage(gate: FeatureGate, settings: GateSettings): boolean {
  const toggles = Object.entries(stageToggles) as [ToggleName, GateStage][];
  const toggle = toggles.find(([, stage]) => stage === gate.stage);
  return (toggle && settings[toggle[0]]) ?? gate.default;
}

/** A gate as antctl prints it. */
export interface FeatureGateRow {
  readonly component: "agent" | "controller";
  readonly name: string;
  /** Open, and there is something behind it in this version. */
  readonly status: "Enabled" | "Disabled";
  /** ALPHA, BETA, GA or DEPRECATED. */
  readonly version: string;
}

/** The gates of one program, as they are. A gate with nothing behind it yet is Disabled, whatever is set. */
export function featureGateRows(
  component: FeatureGateRow["component"],
  states: GateStates,
): readonly FeatureGateRow[] {
  return gateNames.flatMap((name) => {
    const { components, stage, isBuilt }: FeatureGate = featureGates[name];
    if (!components.includes(component)) return [];
    const status = states[name] && isBuilt ? "Enabled" : "Disabled";
    return [{ component, name, status, version: stage.toUpperCase() }];
  });
}

const settableNames: readonly string[] = [...gateNames, ...Object.keys(stageToggles)];

/** A map from gate to true or false. */
export const gateSettings: ValueType<GateSettings> = {
  wanted: "a map from feature gate to true or false",
  format: (settings) =>
    `{${Object.entries(settings)
      .map(([name, on]) => `${name}: ${on}`)
      .join(", ")}}`,
  read(node, key, report) {
    if (node.kind !== "map") {
      report(node, key, `Got ${describe(node)}, wanted ${gateSettings.wanted}.`);
      return undefined;
    }
    const settings: Record<string, boolean> = {};
    for (const entry of node.entries) {
      const path = `${key}.${entry.key}`;
      const value = entry.value.kind === "scalar" ? entry.value.value : undefined;
      if (!settableNames.includes(entry.key))
        report(
          entry,
          path,
          `There is no feature gate ${JSON.stringify(entry.key)}.${didYouMean(nearest(entry.key, settableNames))}`,
        );
      else if (typeof value !== "boolean")
        report(entry.value, path, `Got ${describe(entry.value)}, wanted true or false.`);
      else if (isLockedAgainst(entry.key, value))
        report(entry.value, path, `Got ${value}, but this gate is locked: it is always ${!value}.`);
      else settings[entry.key] = value;
    }
    return Object.freeze(settings);
  },
};

function isLockedAgainst(name: string, value: boolean): boolean {
  const gate: FeatureGate | undefined = (featureGates as Record<string, FeatureGate>)[name];
  return gate?.isLocked === true && gate.default !== value;
}
