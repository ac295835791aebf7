import { parseDocument } from "yaml";
import { walkImage } from "../walk/plan.ts";
import type { Setup } from "./plan.ts";

/** Where the benchmark keeps its Pods. */
export const benchNamespace = "bench";

/** Two Pods of the first Node, and one of the second: as many as the floor has. */
export const benchPods = [
  { name: "here-1", node: 0 },
  { name: "here-2", node: 0 },
  { name: "there-1", node: 1 },
] as const;
export type BenchPodName = (typeof benchPods)[number]["name"];

export function namespaceObject(): object {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: benchNamespace } };
}

/** `nodes` are the names of the two Nodes. */
export function podObjects(nodes: readonly string[]): readonly object[] {
  return benchPods.map(({ name, node }) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: benchNamespace, labels: { app: name } },
    spec: {
      nodeName: nodes[node],
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "idle", image: walkImage, imagePullPolicy: "IfNotPresent" }],
    },
  }));
}

/** `antrea-agent.conf` with the lines of a setup, as a person would write them; the rest stays. */
export function withSettings(config: string, { settings }: Setup): string {
  const edited = parseDocument(config);
  for (const [key, value] of Object.entries(settings)) edited.set(key, value);
  return edited.toString({ lineWidth: 0 });
}
