import { nodePaths } from "../cluster/node-programs.ts";

export type CniCommand = "ADD" | "DEL";

/** The network that a runtime names to the plugin. */
export const pluginConfig = JSON.stringify({
  cniVersion: "1.0.0",
  name: "antrea",
  type: "antrea",
});

/** What a runtime says to the plugin of a container whose network namespace has the container's name. */
export function pluginEnv(command: CniCommand, name: string): Readonly<Record<string, string>> {
  return {
    CNI_COMMAND: command,
    CNI_CONTAINERID: name,
    CNI_NETNS: `/var/run/netns/${name}`,
    CNI_IFNAME: "eth0",
    CNI_PATH: nodePaths.cniBin,
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=bench;K8S_POD_NAME=${name};K8S_POD_INFRA_CONTAINER_ID=${name}`,
  };
}
