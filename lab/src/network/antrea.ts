import { objectNames } from "@antrea/api";
import { isMap, parseAllDocuments, parseDocument } from "yaml";
import { LabError } from "../errors.ts";
import type { LabOptions } from "../options.ts";
import { addressPlan, ipFamilies } from "../plan/address-plan.ts";

type Settings = readonly (readonly [path: readonly string[], value: unknown])[];

/**
 * The product's manifest with the lab's choices written into the `antrea-config` ConfigMap, as a
 * person would write them; everything else stays as it is, comments too.
 */
export function configureManifest(manifest: string, options: LabOptions): string {
  const documents = parseAllDocuments(manifest);
  if (!Array.isArray(documents)) return manifest; // an empty file
  const config = documents.find(
    (doc) =>
      doc.get("kind") === "ConfigMap" && doc.getIn(["metadata", "name"]) === objectNames.configMap,
  );
  if (!config)
    throw new LabError({
      saw: `The manifest has no ConfigMap ${objectNames.configMap}`,
      wanted: "the product's manifest, deploy/antrea.yml",
      remedy: "print it with: make reference, or give another one with --manifest FILE",
    });
  const change = (key: string, settings: Settings) => {
    const text = config.getIn(["data", key]);
    const edited = parseDocument(typeof text === "string" ? text : "");
    for (const [path, value] of settings) {
      const section = path.slice(0, -1);
      // A section in which everything is commented out has no value yet.
      if (section.length > 0 && !isMap(edited.getIn(section)))
        edited.setIn(section, edited.createNode({}));
      edited.setIn(path, value);
    }
    config.setIn(["data", key], edited.toString({ lineWidth: 0 }));
  };
  change(objectNames.agentConfigKey, agentSettings(options));
  change(objectNames.controllerConfigKey, controllerSettings(options));
  for (const { directives } of documents) if (directives) directives.docStart = true;
  return documents.map((doc) => doc.toString({ lineWidth: 0 })).join("");
}

function agentSettings({ mode, tunnel, datapath }: LabOptions): Settings {
  return [
    [["trafficEncapMode"], mode],
    [["tunnelType"], tunnel],
    [["ovsDatapathType"], datapath],
  ];
}

function controllerSettings({ allocateNodeCidrs, ipFamily }: LabOptions): Settings {
  const cluster = ipFamilies[ipFamily].map((family) => addressPlan.cluster[family]);
  return [
    [["nodeIPAM", "enableNodeIPAM"], !allocateNodeCidrs],
    [["nodeIPAM", "clusterCIDRs"], cluster.map(({ clusterCidr }) => clusterCidr)],
    ...cluster.flatMap(
      ({ family, serviceCidr, nodeCidrMaskSize }): Settings => [
        [["nodeIPAM", family === "ipv4" ? "serviceCIDR" : "serviceCIDRv6"], serviceCidr],
        [["nodeIPAM", `nodeCIDRMaskSize${family === "ipv4" ? "IPv4" : "IPv6"}`], nodeCidrMaskSize],
      ],
    ),
  ];
}
