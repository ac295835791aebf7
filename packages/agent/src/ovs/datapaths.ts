import { errorText } from "@antrea/base";
import { isOvsdbError } from "@antrea/ovsdb";

/** Whether this machine lets ovs-vswitchd run a datapath type, and if not, why. */
export type Offer =
  | { readonly isOffered: true }
  | { readonly isOffered: false; readonly reason: string };

export interface DatapathOffers {
  /** In the kernel. */
  readonly system: Offer;
  /** In user space. */
  readonly netdev: Offer;
}

/**
 * Asks ovs-vswitchd for a kernel datapath that does not exist. Undefined while nobody answers; its
 * database is no help, since `datapath_types` says what it was built with. `ask` runs a command on its
 * control socket, as ovs-appctl(8).
 */
export async function askSystemOffer(
  ask: (command: string, args: readonly string[]) => Promise<string>,
): Promise<Offer | undefined> {
  try {
    await ask("dpctl/show", ["system@antrea-probe"]);
    return { isOffered: true }; // it exists after all
  } catch (error) {
    return isOvsdbError(error, "rpc-error") ? systemOffer(errorText(error)) : undefined;
  }
}

/**
 * Reads what ovs-vswitchd answers when asked for a kernel datapath that does not exist: with the module
 * "No such device", without it the netlink family itself is missing.
 */
export function systemOffer(answer: string): Offer {
  return /no such device/i.test(answer)
    ? { isOffered: true }
    : { isOffered: false, reason: "the kernel has no openvswitch module loaded" };
}

export function netdevOffer(tunProblem: string | undefined): Offer {
  return tunProblem === undefined
    ? { isOffered: true }
    : { isOffered: false, reason: `/dev/net/tun cannot be opened: ${tunProblem}` };
}

/** One line for the log: the types on offer, and why another is not. */
export function formatOffers(offers: DatapathOffers): string {
  const entries = Object.entries(offers) as [string, Offer][];
  const offered = entries.filter(([, o]) => o.isOffered).map(([type]) => type);
  const missing = entries.flatMap(([type, o]) =>
    o.isOffered ? [] : [`${type} is not on offer: ${o.reason}`],
  );
  const first =
    offered.length > 0
      ? `datapath types on offer: ${offered.join(", ")}`
      : "no datapath type is on offer";
  return [first, ...missing].join("; ");
}
