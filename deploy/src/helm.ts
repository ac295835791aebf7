import { objectNames, PRODUCT_VERSION } from "@antrea/api";
import { stringify } from "yaml";
import { admissionManifests, admissionSince } from "./admission.ts";
import { configMap } from "./config-map.ts";
import { definitions, installation } from "./manifest.ts";
import type { Manifest } from "./object.ts";
import { asTemplate, type ChartValue, chartValues, configChecksum } from "./values.ts";
import { yamlText } from "./yaml.ts";

/** The files of the chart by path: the same objects as the manifest, with values in their places. */
export function chartFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["Chart.yaml", chartText],
    ["values.yaml", valuesText()],
    ["values.schema.json", `${JSON.stringify(valuesSchema(), null, 2)}\n`],
    ["crds/crds.yaml", yamlText(definitions())],
    ["templates/config-map.yaml", asTemplate(yamlText([configMap()]))],
    ["templates/antrea.yaml", withChecksum(asTemplate(yamlText(others())))],
    ["templates/admission.yaml", since(admissionSince, yamlText(admissionManifests()))],
  ]);
}

function others(): readonly Manifest[] {
  return installation().filter(({ metadata }) => metadata.name !== objectNames.configMap);
}

/** Helm renders the ConfigMap once more and takes its checksum, so that Pods follow a change of values. */
function withChecksum(template: string): string {
  const path = 'print $.Template.BasePath "/config-map.yaml"';
  return template.replaceAll(configChecksum, `{{ include (${path}) . | sha256sum }}`);
}

/**
 * For API servers of this version and later; the others are installed without. Not by kind: `helm template`,
 * which asks no server, knows no kinds and would leave it out.
 */
function since(version: string, text: string): string {
  const condition = `semverCompare ">=${version}-0" .Capabilities.KubeVersion.Version`;
  return `{{- if ${condition} }}\n${text}{{- end }}\n`;
}

/** What Helm holds the values against (JSON Schema), so that a misspelt name or word is refused before anything changes. */
function valuesSchema(): object {
  const properties: Record<string, object> = { global: { type: "object" } };
  const entries: readonly (readonly [string, ChartValue])[] = Object.entries(chartValues);
  const groups = Map.groupBy(entries, ([name]) => name.split(".")[0] ?? name);
  for (const [group, members] of groups) {
    const [first] = members;
    properties[group] =
      first?.[0] === group
        ? valueSchema(first[1])
        : closedObject(
            Object.fromEntries(
              members.map(([name, value]) => [name.slice(group.length + 1), valueSchema(value)]),
            ),
          );
  }
  return { $schema: "http://json-schema.org/draft-07/schema#", ...closedObject(properties) };
}

function closedObject(properties: Readonly<Record<string, object>>): object {
  return { type: "object", additionalProperties: false, properties };
}

function valueSchema({ preset, meaning, choices, range, alsoTypes = [] }: ChartValue): object {
  const own = typeof preset === "number" ? "integer" : typeof preset;
  return {
    description: meaning,
    ...(typeof preset === "object"
      ? { type: "array", items: { type: "string" } }
      : { type: alsoTypes.length > 0 ? [own, ...alsoTypes] : own }),
    ...(choices && { pattern: `^(?i:${choices.join("|")})$` }),
    ...(range && { minimum: range[0], maximum: range[1] }),
  };
}

const chartText = stringify({
  apiVersion: "v2",
  name: "antrea",
  description: "A Kubernetes network on Open vSwitch",
  type: "application",
  version: PRODUCT_VERSION.replace(/^v/, ""),
  appVersion: PRODUCT_VERSION,
  kubeVersion: ">= 1.28.0-0",
});

/** Values in groups by the first part of their names, each with its meaning. */
function valuesText(): string {
  const lines: string[] = [];
  const entries: readonly (readonly [string, ChartValue])[] = Object.entries(chartValues);
  const seen = new Set<string>();
  for (const [name] of entries) {
    const [group = "", below] = name.split(".");
    if (seen.has(group)) continue;
    seen.add(group);
    if (below === undefined) {
      lines.push(...entryLines(group, chartValues[group as keyof typeof chartValues], ""));
      continue;
    }
    lines.push(`${group}:`);
    for (const [path, value] of entries)
      if (path.startsWith(`${group}.`))
        lines.push(...entryLines(path.slice(group.length + 1), value, "  "));
  }
  return `${lines.join("\n")}\n`;
}

function entryLines(name: string, { preset, meaning }: ChartValue, indent: string): string[] {
  return [`${indent}# ${meaning}`, `${indent}${name}: ${JSON.stringify(preset)}`];
}
