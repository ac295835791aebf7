import type { Offloads } from "@antrea/linux";
import type { ThisNode } from "../node/this-node.ts";

/** What a device may do for its senders and receivers, by its name; what is not named stays as it is. */
export type DeviceOffloads = Readonly<Record<string, Offloads>>;

type NodeFacts = Pick<
  ThisNode,
  "config" | "datapathType" | "disableTxChecksum" | "isUplinkShared"
> & {
  readonly transport: Pick<ThisNode["transport"], "device">;
};

/**
 * The userspace datapath takes each frame as the device has it: senders finish checksums themselves,
 * and nothing joins frames on their way in, since what is larger than the MTU would be cut off. With
 * `userspaceTSO` it is the other way round: segments are joined when they come, and cut when they leave.
 * An uplink that is left to the kernel gets back what the bridge took from it.
 */
export function deviceOffloads(node: NodeFacts): DeviceOffloads {
  const { config, datapathType, disableTxChecksum, isUplinkShared, transport } = node;
  const uplink = isUplinkShared
    ? { tx: !disableTxChecksum, gro: config.userspaceTSO }
    : { gro: true };
  return {
    ...(disableTxChecksum ? { [config.hostGateway]: { tx: false } } : {}),
    ...(datapathType === "netdev" ? { [transport.device]: uplink } : {}),
  };
}
