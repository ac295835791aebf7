/** Prints the Nodes of a cluster, and each change of them, until Ctrl-C: `node examples/follow-nodes.ts`. */
import { once } from "node:events";
import { silentLogger } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import { type Resource, resources } from "@antrea/kube";
import { kubeClient, loadKubeConfig, reflector } from "@antrea/kube/io";

type NodeObject = typeof resources.nodes extends Resource<infer T> ? T : never;

/** What is kept of a Node: only a change of this is told. */
export function nodeLine({ metadata, spec, status }: NodeObject): string {
  const address = status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
  const cidrs = spec?.podCIDRs?.join(", ") ?? "no Pod CIDR";
  return `${metadata?.name ?? "?"} at ${address ?? "no address"}: ${cidrs}`;
}

if (import.meta.main) {
  const log = silentLogger;
  const client = kubeClient(await loadKubeConfig(), { log, clock, userAgent: "follow-nodes" });
  const nodes = reflector({ client, log, clock, resource: resources.nodes, project: nodeLine });
  nodes.store.onChange((name, before, after) => {
    console.log(after === undefined ? `- ${name}` : `${before === undefined ? "+" : "~"} ${after}`);
  });
  await nodes.start(AbortSignal.timeout(30_000));
  await once(process, "SIGINT");
  await nodes.stop();
  client.close();
}
