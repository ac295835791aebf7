import { agentOptions, commentedText, controllerOptions, objectNames } from "@antrea/api";
import { defaultConflist } from "@antrea/api/cni";
import { type Manifest, namespacedObject } from "./object.ts";
import { chartValueJson } from "./values.ts";

/** The options that the chart's values set; all others stand there commented out. */
const agentGiven = {
  trafficEncapMode: chartValueJson("trafficEncapMode"),
  pathSelection: chartValueJson("pathSelection"),
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

export function configMap(): Manifest {
  const data = {
    [objectNames.agentConfigKey]: commentedText(agentOptions, { given: agentGiven }),
    [objectNames.controllerConfigKey]: commentedText(controllerOptions, { given: controllerGiven }),
    [objectNames.cniConfigKey]: defaultConflist,
  };
  return { ...namespacedObject("v1", "ConfigMap", objectNames.configMap), data } as Manifest;
}

/** Empty: the controller writes into it whom clients of its API have to trust. */
export function authoritiesConfigMap(): Manifest {
  return namespacedObject("v1", "ConfigMap", objectNames.authorities);
}
