import { agentOptions, commentedText, controllerOptions, objectNames } from "@antrea/api";
import { type Manifest, namespacedObject } from "./object.ts";
import { chartValueJson } from "./values.ts";

/** The options that the chart's values set; all others stand there commented out. */
const agentGiven = {
  trafficEncapMode: chartValueJson("trafficEncapMode"),
  tunnelType: chartValueJson("tunnelType"),
  tunnelPort: chartValueJson("tunnelPort"),
  noSNAT: chartValueJson("noSNAT"),
  defaultMTU: chartValueJson("defaultMTU"),
  transportInterface: chartValueJson("transportInterface"),
  ovsDatapathType: chartValueJson("ovsDatapathType"),
  kubeAPIServerOverride: chartValueJson("kubeAPIServerOverride"),
};

const controllerGiven = {
  "nodeIPAM.enableNodeIPAM": chartValueJson("nodeIPAM.enable"),
  "nodeIPAM.clusterCIDRs": chartValueJson("nodeIPAM.clusterCIDRs"),
  "nodeIPAM.nodeCIDRMaskSizeIPv4": chartValueJson("nodeIPAM.nodeCIDRMaskSizeIPv4"),
  "nodeIPAM.nodeCIDRMaskSizeIPv6": chartValueJson("nodeIPAM.nodeCIDRMaskSizeIPv6"),
  "nodeIPAM.serviceCIDR": chartValueJson("nodeIPAM.serviceCIDR"),
  kubeAPIServerOverride: chartValueJson("kubeAPIServerOverride"),
};

/** What the container runtime reads: our plugin, then the two standard ones that Pods expect. */
const cniConfig = {
  cniVersion: "1.0.0",
  name: "antrea",
  plugins: [
    { type: "antrea" },
    { type: "portmap", capabilities: { portMappings: true } },
    { type: "bandwidth", capabilities: { bandwidth: true } },
  ],
};

export function configMap(): Manifest {
  const data = {
    [objectNames.agentConfigKey]: commentedText(agentOptions, { given: agentGiven }),
    [objectNames.controllerConfigKey]: commentedText(controllerOptions, { given: controllerGiven }),
    [objectNames.cniConfigKey]: `${JSON.stringify(cniConfig, null, 2)}\n`,
  };
  return { ...namespacedObject("v1", "ConfigMap", objectNames.configMap), data } as Manifest;
}
