import { agentApi, type PodInterface } from "@antrea/api/local-api";
import { CommandFailure, text } from "@antrea/command";
import { defineCommand } from "../context.ts";
import { nodeColumn, nodeOption, printRows, rowsOfAgents } from "../reach/rows.ts";

export const getPodInterface = defineCommand({
  name: "get podinterface",
  aliases: ["get podinterfaces", "get pi"],
  summary: "Print the interfaces of Pods on the bridge",
  example: ["antctl get podinterface", "antctl get podinterface web-1 -n shop -o json"],
  args: {
    namespace: text("Only Pods of this Namespace", { short: "n", placeholder: "NAMESPACE" }),
    node: nodeOption,
  },
  positionals: { pod: text("Only Pods of this name", { placeholder: "POD" }) },
  async run({ args: { namespace, node }, positionals: { pod }, signal, ...context }) {
    const found = await rowsOfAgents(context, agentApi.podInterfaces, {
      node,
      signal,
      query: { ...(pod ? { name: pod } : {}), ...(namespace ? { namespace } : {}) },
      rows: (pods) => pods,
    });
    if (pod !== undefined && found.rows.length === 0) {
      const where = namespace === undefined ? "any Namespace" : `Namespace ${namespace}`;
      const onNodes = context.place === "agent" ? "this Node" : "the Nodes that answered";
      throw new CommandFailure(`There is no Pod ${pod} of ${where} on the bridge of ${onNodes}.`);
    }
    return found;
  },
  ...printRows<PodInterface>(
    nodeColumn,
    { title: "NAMESPACE", cell: (row) => row.podNamespace },
    { title: "NAME", cell: (row) => row.podName },
    { title: "INTERFACE-NAME", cell: (row) => row.interfaceName },
    { title: "IP", cell: (row) => row.ips.join(",") },
    { title: "MAC", cell: (row) => row.mac },
    { title: "PORT-UUID", cell: (row) => row.portUUID },
    { title: "OF-PORT", cell: (row) => row.ofPort },
    { title: "CONTAINER-ID", cell: (row) => row.containerID },
  ),
});
