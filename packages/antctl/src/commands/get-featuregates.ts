import { agentApi, controllerApi, type FeatureGateRow } from "@antrea/api/local-api";
import { defineCommand } from "../context.ts";
import { askAgent, askController, nodeNames } from "../reach/ask.ts";
import { nodeOption } from "../reach/rows.ts";

export const getFeatureGates = defineCommand({
  name: "get featuregates",
  summary: "Print feature gates and whether they are on",
  description:
    "In a Pod of ours: those of its program. Elsewhere: the controller's, and those of one agent (the first Node's unless --node says another).",
  example: ["antctl get featuregates", "antctl get featuregates --node node-2 -o json"],
  args: { node: nodeOption },
  async run({ args, signal, ...context }): Promise<readonly FeatureGateRow[]> {
    if (context.place === "controller") {
      return askController(context, controllerApi.featureGates, { signal });
    }
    if (context.place === "agent") {
      return askAgent(context, agentApi.featureGates, { node: args.node, signal });
    }
    const node = args.node ?? (await nodeNames(context, { signal }))[0];
    const [agent, controller] = await Promise.all([
      askAgent(context, agentApi.featureGates, { node, signal }),
      askController(context, controllerApi.featureGates, { signal }),
    ]);
    return [...agent, ...controller];
  },
  columns: [
    { title: "COMPONENT", cell: (row) => row.component },
    { title: "NAME", cell: (row) => row.name },
    { title: "STATUS", cell: (row) => row.status },
    { title: "VERSION", cell: (row) => row.version },
  ],
});
