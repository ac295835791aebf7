import { isErrno } from "../host/error.ts";
import { nlmFlag } from "../netlink/message.ts";
import {
  batchMark,
  chainBody,
  deleteChain,
  everyNetdevChain,
  newIngressDrop,
  newNetdevTable,
  nftMessage,
} from "../netlink/nfnetlink.ts";
import {
  type NetlinkRequest,
  netlinkProtocol,
  openNetlink,
  withNetlink,
} from "./netlink-socket.ts";

/** The table that holds one chain for each isolated device, named after it. */
export const isolationTable = "antrea-isolated";
/** Ahead of everything else that hooks there. */
const priority = -1000;

/**
 * Hides `device` from the kernel's own network stack: frames that come in on it are dropped after the
 * packet sockets (the userspace datapath of OVS) have had them, so that a Pod cannot reach the Node, or
 * be forwarded, around the pipeline. Not for a kernel datapath, which takes frames after this point.
 */
export function isolateFromStack(device: string): void {
  transaction([
    {
      entry: `nft table netdev ${isolationTable}`,
      type: nftMessage.NEWTABLE,
      flags: nlmFlag.CREATE,
      payload: newNetdevTable(isolationTable),
    },
    {
      entry: `isolation of ${device}`,
      type: nftMessage.NEWCHAIN,
      flags: nlmFlag.CREATE,
      payload: newIngressDrop({ table: isolationTable, name: device, device, priority }),
    },
  ]);
}

/** The devices that have their chain. */
export function isolatedDevices(): ReadonlySet<string> {
  const request = {
    entry: "nft chains",
    type: nftMessage.GETCHAIN,
    payload: everyNetdevChain,
  };
  const answers = withNetlink((socket) => socket.dump(request), netlinkProtocol.netfilter);
  const chains = answers.map(({ payload }) => chainBody.decode(payload).attributes);
  return new Set(
    chains.flatMap(({ table, name }) => (table === isolationTable && name ? [name] : [])),
  );
}

/** Forgets the devices' chains, of those that have one; newer kernels keep it when the device goes. */
export function endIsolation(devices: readonly string[]): void {
  const isolated = isolatedDevices();
  const known = devices.filter((device) => isolated.has(device));
  if (known.length === 0) return;
  try {
    transaction(known.map(chainRemoval));
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    // one went by itself meanwhile, and the transaction with it
    if (known.length > 1) for (const device of known) endIsolation([device]);
  }
}

function chainRemoval(device: string): NetlinkRequest {
  return {
    entry: `isolation of ${device}`,
    type: nftMessage.DELCHAIN,
    payload: deleteChain(isolationTable, device),
  };
}

/** The socket is closed on another thread: the kernel waits there until what was removed is free, some 20 ms. */
function transaction(requests: readonly NetlinkRequest[]): void {
  const begin = { entry: "nft batch", type: nftMessage.BATCH_BEGIN, payload: batchMark };
  const end = { entry: "nft batch", type: nftMessage.BATCH_END, payload: batchMark };
  const socket = openNetlink(netlinkProtocol.netfilter);
  try {
    socket.transaction(begin, requests, end);
  } finally {
    socket.closeInBackground();
  }
}
