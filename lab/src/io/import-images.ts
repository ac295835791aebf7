import { readdirSync } from "node:fs";
import { ctr } from "../cluster/io/start-node.ts";
import type { NodePlan } from "../plan/lab-plan.ts";
import { run } from "./command.ts";
import { inNamespaces } from "./enter.ts";

/** Stand-in until provisionContainerdRoot() lands. */
export async function importImages(node: NodePlan, signal?: AbortSignal): Promise<void> {
  const folder = "/tmp/lab-images";
  for (const file of readdirSync(folder))
    await run(
      inNamespaces(
        node.namespaces,
        ctr("--namespace", "k8s.io", "images", "import", "--local", `${folder}/${file}`),
      ),
      { signal },
    );
}
