export * from "./agent-config.ts";
export { agentOptions } from "./agent-options.ts";
export * from "./controller-config.ts";
export { controllerOptions } from "./controller-options.ts";
export { commentedText } from "./commented-text.ts";
export { agentConfigOf, withOptions } from "./edit.ts";
export { configurationPage } from "./reference-page.ts";
export {
  type FeatureGate,
  type FeatureGateRow,
  featureGateRows,
  featureGates,
  type GateName,
  type GateStage,
  type GateStates,
  gateNames,
} from "./feature-gates.ts";
export type { NotActive, ParsedConfig } from "./parse-config.ts";
export { type ConfigProblem, formatProblem } from "./problem.ts";
export { type ServingTls, servingTls } from "./tls.ts";
export type { PortRange } from "./values.ts";
