import { objectNames } from "@antrea/api";
import { apiClient } from "../../io/api-client.ts";
import type { Lab } from "../../io/lab.ts";
import type { SaidPath } from "../verdict.ts";

export type SaidPaths = (fromNode: string, toNode: string) => SaidPath;

/** Asks the agent of every Node, by `antctl get nodes` in its Pod. */
export async function askPaths(lab: Lab, signal?: AbortSignal): Promise<SaidPaths> {
  if (lab.options.cni !== "antrea") return withoutAgents;
  interface NodePath {
    readonly name: string;
    readonly path: { readonly kind: string; readonly reason?: string };
  }
  const pods = await agentPods(lab);
  const answers = await Promise.all(
    pods.map(async ({ pod, node }) => {
      const text = await lab.kubectl(
        [
          ...["--namespace", objectNames.namespace, "exec", pod],
          ...["--container", objectNames.agentContainer, "--"],
          ...[objectNames.antctl, "get", "nodes", "-o", "json"],
        ],
        { signal },
      );
      return [node, JSON.parse(text) as NodePath[]] as const;
    }),
  );
  const byNode = new Map(answers);
  return (fromNode, toNode) => {
    const said = byNode.get(fromNode)?.find(({ name }) => name === toNode)?.path;
    const path = said?.kind;
    return path === "local" || path === "direct" || path === "tunnel"
      ? { path, reason: said?.reason }
      : {
          path: "unknown",
          reason: said?.reason ?? `the agent of ${fromNode} does not list ${toNode}`,
        };
  };
}

/** With Debian's bridge plugin the router carries everything that leaves a Node. */
const withoutAgents: SaidPaths = (from, to) => ({
  path: from === to ? "local" : "direct",
  reason: undefined,
});

async function agentPods(lab: Lab): Promise<readonly { pod: string; node: string }[]> {
  interface PodList {
    readonly items: readonly {
      readonly metadata: { readonly name: string };
      readonly spec: { readonly nodeName?: string };
    }[];
  }
  const selector = encodeURIComponent("app=antrea,component=antrea-agent");
  const path = `/api/v1/namespaces/${objectNames.namespace}/pods?labelSelector=${selector}`;
  const list = await apiClient(lab.plan).get<PodList>(path);
  return (list?.items ?? []).flatMap(({ metadata, spec }) =>
    spec.nodeName ? [{ pod: metadata.name, node: spec.nodeName }] : [],
  );
}
