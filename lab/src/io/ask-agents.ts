import { objectNames } from "@antrea/api";
import { apiClient } from "./api-client.ts";
import { attempt, CommandError } from "./command.ts";
import type { Lab } from "./lab.ts";

/**
 * What `antctl COMMAND -o json` prints in the agent's Pod of each Node, by the Node's name. Its exit
 * code does not matter as long as it prints: it also says that something was found missing.
 */
export async function askAgents<T>(
  lab: Lab,
  command: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, T>> {
  const answers = await Promise.all(
    (await agentPods(lab)).map(async ({ pod, node }) => {
      const argv = lab.kubectlArgv([
        ...["--namespace", objectNames.namespace, "exec", pod],
        ...["--container", objectNames.agentContainer, "--"],
        ...[objectNames.antctl, ...command, "-o", "json"],
      ]);
      const outcome = await attempt(argv, { signal });
      if (outcome.stdout.trim() === "") throw new CommandError(argv, outcome);
      return [node, JSON.parse(outcome.stdout) as T] as const;
    }),
  );
  return new Map(answers);
}

async function agentPods(lab: Lab): Promise<readonly { pod: string; node: string }[]> {
  interface PodList {
    readonly items: readonly {
      readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
      readonly spec: { readonly nodeName?: string };
    }[];
  }
  const selector = encodeURIComponent("app=antrea,component=antrea-agent");
  const path = `/api/v1/namespaces/${objectNames.namespace}/pods?labelSelector=${selector}`;
  const list = await apiClient(lab.plan).get<PodList>(path);
  return (list?.items ?? []).flatMap(({ metadata, spec }) =>
    spec.nodeName && metadata.deletionTimestamp === undefined
      ? [{ pod: metadata.name, node: spec.nodeName }]
      : [],
  );
}
