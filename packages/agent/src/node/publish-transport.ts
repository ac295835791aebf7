import { formatTransportAddresses, formatTransportNetworks, nodeAnnotations } from "@antrea/api";
import type { InterfaceAddress } from "@antrea/net";
import { type KubeClient, resources } from "@antrea/kube";

/**
 * Tells the other Nodes where to send to, and the prefix of our link, so that both ends of a pair
 * come to the same answer about "same subnet".
 */
export async function publishTransport(
  client: KubeClient,
  nodeName: string,
  addresses: readonly InterfaceAddress[],
  options: { readonly isChosen: boolean; readonly mac: string; readonly signal: AbortSignal },
): Promise<void> {
  const annotations = {
    // as Antrea: only where the configuration chose an interface
    [nodeAnnotations.transportAddresses]: options.isChosen
      ? formatTransportAddresses(addresses)
      : null,
    [nodeAnnotations.transportNetworks]: formatTransportNetworks(addresses),
    [nodeAnnotations.macAddress]: options.mac,
  };
  await client.patch(
    resources.nodes,
    { name: nodeName },
    { kind: "merge", body: { metadata: { annotations } } },
    { fieldManager: "antrea-agent", signal: options.signal },
  );
}
