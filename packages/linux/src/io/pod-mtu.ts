import { deviceNames } from "../host/device-names.ts";
import { HostError } from "../host/error.ts";
import { type ObservedLink, setLink } from "../host/links.ts";
import { type PodMtuSpec, planPodMtu } from "../host/pod-mtu.ts";
import { linkBody } from "../netlink/link.ts";
import { rtm } from "../netlink/rtnetlink.ts";
import { applyStep, devicesOf } from "./apply-step.ts";
import { inNamespace } from "./namespace.ts";
import { type NetlinkSocket, withNetlink } from "./netlink-socket.ts";
import { findLink, observeRoutes } from "./observe.ts";

/**
 * Brings both ends of a running Pod's link and the routes inside to its MTU; gives how many steps it
 * took. Throws a HostError where the namespace cannot be opened and there is something to do, or has no
 * such interface. A Pod whose link is on its way in or out is passed over.
 */
export function fitPodMtu(spec: PodMtuSpec): number {
  return withNetlink((node) => {
    const nodeEnd = findLink(node, spec.hostName);
    if (!nodeEnd) return 0;
    try {
      const inside = inNamespace(spec.netnsPath, () => withNetlink((pod) => fitPodEnd(pod, spec)));
      return inside + fitNodeEnd(node, nodeEnd, spec);
    } catch (error) {
      // both ends have been told the same whenever they were told
      if (isOutOfSight(error) && nodeEnd.mtu === spec.mtu && sendsAll(spec)) return 0;
      throw error;
    }
  });
}

function isOutOfSight(error: unknown): boolean {
  return error instanceof HostError && error.problem.code === "no-namespace";
}

function sendsAll({ mtu, sends }: PodMtuSpec): boolean {
  return sends === undefined || sends.far === mtu;
}

function fitPodEnd(pod: NetlinkSocket, spec: PodMtuSpec): number {
  const { ifname, mac } = spec;
  const link = findLink(pod, ifname);
  // a path below /proc may be another process' by now
  if (link?.mac !== mac)
    throw new HostError({ code: "no-device", entry: `MTU of ${spec.hostName}`, device: ifname });
  const names = deviceNames([{ index: link.index, name: ifname }]);
  const steps = planPodMtu({ mtu: link.mtu, routes: observeRoutes(pod, names) }, spec);
  const devices = devicesOf(pod);
  for (const step of steps) applyStep(pod, step, devices);
  return steps.length;
}

/** What is larger than either end's MTU is dropped on its way between them (`__dev_forward_skb` of Linux). */
function fitNodeEnd(
  node: NetlinkSocket,
  { mtu: before, index }: ObservedLink,
  { mtu }: PodMtuSpec,
): number {
  if (before === mtu) return 0;
  const payload = linkBody.encode(setLink(index, { mtu }));
  node.change({ entry: "MTU of the Node's end", type: rtm.NEWLINK, payload });
  return 1;
}
