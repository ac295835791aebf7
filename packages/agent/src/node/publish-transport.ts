import {
  formatNetworkState,
  formatTransportAddresses,
  formatTransportNetworks,
  type NetworkState,
  nodeAnnotations,
  type NodeView,
} from "@antrea/api";
import { type BackOff, type Clock, errorText, type Logger } from "@antrea/base";
import { type KubeClient, resources, type Store } from "@antrea/kube";
import type { ThisNode } from "./this-node.ts";

export interface PublishTransportDeps {
  readonly client: Pick<KubeClient, "patch">;
  readonly nodes: Pick<Store<NodeView>, "get" | "waitFor">;
  /** Its link may change with the settings. */
  readonly node: () => Pick<ThisNode, "config" | "view" | "transport">;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How long to wait for our own word to come back to us, in milliseconds. */
const hearMs = 2_000;

/**
 * Tells the other Nodes where to send to, and the prefix of our link, so that both ends of a pair
 * come to the same answer about "same subnet". Says it again when the Node's object says otherwise:
 * it was made anew, or edited by hand.
 */
export async function keepTransportPublished(
  { client, nodes, node, backOff, clock, log }: PublishTransportDeps,
  signal: AbortSignal,
): Promise<void> {
  const saysOtherwise = (): boolean => {
    const { view, transport } = node();
    const now = nodes.get(view.name);
    const networks = formatTransportNetworks(transport.addresses);
    return now !== undefined && formatTransportNetworks(now.transport) !== networks;
  };
  for (let failures = 0; !signal.aborted; ) {
    try {
      await publish(client, node(), signal);
      failures = 0;
      await clock.sleep(hearMs, { signal });
      await nodes.waitFor(saysOtherwise, { signal });
    } catch (error) {
      if (signal.aborted) return;
      log.warn("Could not publish transport addresses, will retry", { err: errorText(error) });
      await clock.sleep(backOff.delayMs(++failures), { signal });
    }
  }
}

/** Tells which forms of traffic this Node takes and sends; resolves once the API server has it. */
export async function publishNetworkState(
  client: Pick<KubeClient, "patch">,
  nodeName: string,
  state: NetworkState,
  signal: AbortSignal,
): Promise<void> {
  const annotations = { [nodeAnnotations.networkState]: formatNetworkState(state) };
  await client.patch(
    resources.nodes,
    { name: nodeName },
    { kind: "merge", body: { metadata: { annotations } } },
    { fieldManager: "antrea-agent", signal },
  );
}

async function publish(
  client: Pick<KubeClient, "patch">,
  { config, view, transport }: ReturnType<PublishTransportDeps["node"]>,
  signal: AbortSignal,
): Promise<void> {
  const isChosen = config.transportInterface !== "" || config.transportInterfaceCIDRs.length > 0;
  const annotations = {
    // as Antrea: only where the configuration chose an interface
    [nodeAnnotations.transportAddresses]: isChosen
      ? formatTransportAddresses(transport.addresses)
      : null,
    [nodeAnnotations.transportNetworks]: formatTransportNetworks(transport.addresses),
    [nodeAnnotations.macAddress]: transport.mac,
  };
  await client.patch(
    resources.nodes,
    { name: view.name },
    { kind: "merge", body: { metadata: { annotations } } },
    { fieldManager: "antrea-agent", signal },
  );
}
