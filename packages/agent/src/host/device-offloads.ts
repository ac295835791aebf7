import type { Offloads } from "@antrea/linux";
import type { ThisNode } from "../node/this-node.ts";

/** What a device may do for its senders and receivers, by its name; what is not named stays as it is. */
export type DeviceOffloads = Readonly<Record<string, Offloads>>;

type NodeFacts = Pick<ThisNode, "config" | "datapathType" | "disableTxChecksum" | "isUplinkShared">;

/** The same for the two ends of a Pod's link. */
export interface PodOffloads {
  readonly pod: Offloads;
  readonly host: Offloads;
}

/**
 * The userspace datapath takes each frame as the device has it: senders finish checksums themselves,
 * and nothing joins frames on their way in, since what is larger than the MTU would be cut off. With
 * `userspaceTSO` it is the other way round: segments are joined when they come, and cut when they leave.
 * An uplink that is left to the kernel gets back what the bridge took from it.
 */
export function deviceOffloads(node: NodeFacts, uplinks: readonly string[]): DeviceOffloads {
  const { config, datapathType, disableTxChecksum, isUplinkShared } = node;
  const uplink = isUplinkShared
    ? { tx: !disableTxChecksum, gro: config.userspaceTSO }
    : { gro: true };
  return {
    ...(disableTxChecksum ? { [config.hostGateway]: { tx: false } } : {}),
    ...(datapathType === "netdev"
      ? Object.fromEntries(uplinks.map((device) => [device, uplink]))
      : {}),
  };
}

/**
 * A Pod behind the userspace datapath finishes checksums itself, and may join segments when it
 * receives them: `moderateReceivers` says when. Joining needs a sender that does not segment.
 */
export function podOffloads(node: Pick<ThisNode, "disableTxChecksum"> & Gathering): PodOffloads {
  if (gathersFrames(node)) return { pod: { tx: false, gro: true }, host: { tx: false } };
  return { pod: node.disableTxChecksum ? { tx: false } : {}, host: {} };
}

type Gathering = Pick<NodeFacts, "config" | "datapathType">;

/** Whether Pods get frames one by one, as the wire has them: `userspaceTSO` and the kernel's datapath leave them joined. */
export function gathersFrames({ config, datapathType }: Gathering): boolean {
  return datapathType === "netdev" && !config.userspaceTSO;
}
