import { invariant } from "@antrea/base";
import { type Cidr, parseCidr } from "@antrea/net";
import { nodePaths } from "../../cluster/node-programs.ts";
import { addRoute } from "../../fabric/io/control-fabric.ts";
import type { ApiClient } from "../../io/api-client.ts";
import { run } from "../../io/command.ts";
import { inNamespaces } from "../../io/enter.ts";
import { waitFor } from "../../io/wait.ts";
import type { LabPlan, NodePlan } from "../../plan/lab-plan.ts";
import { bridgeConflist } from "../bridge.ts";

/** Gives each Node the bridge network as soon as it has a Pod CIDR, and the router a route to it. */
export async function installBridge(
  plan: LabPlan,
  api: ApiClient,
  signal?: AbortSignal,
): Promise<void> {
  await Promise.all(
    plan.nodes.map(async (node) => {
      const cidr = await podCidrOf(node, api, signal);
      await addRoute(plan, cidr, node.name);
      const path = `${nodePaths.cniConfig}/10-bridge.conflist`;
      await run(inNamespaces(node.namespaces, ["tee", path]), {
        input: bridgeConflist(cidr),
        signal,
      });
    }),
  );
}

interface NodeObject {
  readonly spec?: { readonly podCIDR?: string };
}

async function podCidrOf(node: NodePlan, api: ApiClient, signal?: AbortSignal): Promise<Cidr> {
  const text = await waitFor(
    async () => (await api.get<NodeObject>(`/api/v1/nodes/${node.name}`))?.spec?.podCIDR,
    {
      what: `${node.name} to get a Pod CIDR`,
      timeoutMs: 180_000,
      remedy: "read the logs of kube-controller-manager and of the Node's kubelet",
      signal,
    },
  );
  const cidr = parseCidr(text);
  invariant(cidr, `the Pod CIDR ${text} of ${node.name} is a CIDR`);
  return cidr;
}
