import { PRODUCT_VERSION } from "@antrea/api";
import { stringify } from "yaml";
import { definitions, installation } from "./manifest.ts";
import { asTemplate, type ChartValue, chartValues } from "./values.ts";
import { yamlText } from "./yaml.ts";

/** The files of the chart by path: the same objects as the manifest, with values in their places. */
export function chartFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["Chart.yaml", chartText],
    ["values.yaml", valuesText()],
    ["crds/crds.yaml", yamlText(definitions())],
    ["templates/antrea.yaml", asTemplate(yamlText(installation()))],
  ]);
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
