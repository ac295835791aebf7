import { closeSync } from "node:fs";
import { HostError, isErrno } from "../host/error.ts";
import { newVeth } from "../host/links.ts";
import {
  endingLinkGroup,
  hostEndSysctls,
  type PodVeth,
  type PodVethSpec,
  planPodEnd,
  podLinkGroup,
} from "../host/pod-veth.ts";
import { linkBody, linkFlag, linkMessage } from "../netlink/link.ts";
import { nlmFlag } from "../netlink/message.ts";
import { rtm } from "../netlink/rtnetlink.ts";
import { applyStep, devicesOf } from "./apply-step.ts";
import { inNamespace, openNamespace } from "./namespace.ts";
import {
  type NetlinkRequest,
  type NetlinkSocket,
  openNetlink,
  withNetlink,
} from "./netlink-socket.ts";
import { findLink } from "./observe.ts";
import { setOffload } from "./offload.ts";
import { endIsolation, isolateFromStack } from "./stack-isolation.ts";
import { readSysctl, writeSysctl } from "./sysctl.ts";

const up = { flags: linkFlag.UP, change: linkFlag.UP } as const;

/**
 * Makes a Pod's veth pair and readies both ends. After any failure nothing of it is left, and the
 * HostError says what failed.
 */
export function createPodVeth(spec: PodVethSpec): PodVeth {
  bearPodVeth(spec);
  return readyPodVeth(spec);
}

/**
 * The first half of `createPodVeth`: both ends are there, the Node's quiet and up. A switch that opens it
 * meanwhile may set it down: ovs-vswitchd reads a device's flags, adds PROMISC and writes them back, and an
 * UP of ours in between is gone. So ask `bringUp` once it is open.
 */
export function bearPodVeth(spec: PodVethSpec): void {
  withNetlink((host) => {
    createPair(host, spec);
    orRemove(host, spec, () => {
      quietHostEnd(spec);
      host.change(settingUp(spec.hostName));
    });
  });
}

/** The second half: offloads, and the Pod's end; in one synchronous section, since the thread is in the Pod's namespace meanwhile. */
export function readyPodVeth(spec: PodVethSpec): PodVeth {
  const { hostName, netnsPath, hostOffloads } = spec;
  return withNetlink((host) =>
    orRemove(host, spec, () => {
      if (hostOffloads) setOffload(hostName, hostOffloads);
      // what comes up beside a link that is up can send at once; the other one: see bringUp()
      const podIndex = inNamespace(netnsPath, () => withNetlink((pod) => readyPodEnd(pod, spec)));
      const { index: hostIndex, mac } = requireLink(host, hostName);
      return { hostName, hostIndex, hostMac: mac, podIndex };
    }),
  );
}

/** Of a pair that cannot be made whole nothing is left. */
function orRemove<T>(host: NetlinkSocket, { hostName }: PodVethSpec, make: () => T): T {
  try {
    return make();
  } catch (error) {
    host.change(linkRemoval({ name: hostName }));
    endIsolation([hostName]);
    throw error;
  }
}

/**
 * Deletes pairs by their host ends, and gives the names of those that were there. The Pods' namespaces
 * need not exist any more. The kernel takes some 30 ms over it, on another thread, for all of them.
 */
export async function deletePodVeths(
  hostNames: readonly string[],
  netnsPath?: string,
): Promise<readonly string[]> {
  const socket = inNamespace(netnsPath, () => openNetlink());
  try {
    const there = hostNames.filter((name) => succeeds(() => socket.change(ending(name))));
    if (there.length > 0) await endGroup(socket);
    return there;
  } finally {
    socket.close();
    inNamespace(netnsPath, () => endIsolation(hostNames));
  }
}

/** Their namespaces may take the last of them along meanwhile. */
async function endGroup(socket: NetlinkSocket): Promise<void> {
  try {
    await socket.changeInBackground(linkRemoval({ group: endingLinkGroup }));
  } catch (error) {
    if (!isErrno(error, "ENODEV")) throw error;
  }
}

function ending(name: string): NetlinkRequest {
  return {
    entry: `link ${name}`,
    type: rtm.NEWLINK,
    payload: linkBody.encode(linkMessage({ name, group: endingLinkGroup })),
  };
}

/** False where there is no such device. */
function succeeds(change: () => void): boolean {
  try {
    change();
    return true;
  } catch (error) {
    if (isErrno(error, "ENODEV")) return false;
    throw error;
  }
}

/**
 * Sets a device up where it is not, and tells whether it can send. One that came up before its other end
 * drops all until a worker of the kernel has looked at it, which waits for the lock of all links; since
 * Linux 6.9 the question has it done.
 */
export function bringUp(socket: NetlinkSocket, device: string): boolean {
  const entry = `link ${device}`;
  const payload = linkBody.encode(linkMessage({ name: device }));
  const { flags } = linkBody.decode(socket.ask({ entry, type: rtm.GETLINK, payload }).payload);
  if ((flags & linkFlag.UP) === 0) socket.change(settingUp(device));
  return (flags & linkFlag.RUNNING) !== 0;
}

function settingUp(device: string): NetlinkRequest {
  return {
    entry: `link ${device}`,
    type: rtm.NEWLINK,
    payload: linkBody.encode(linkMessage({ name: device }, up)),
  };
}

/** The peer is born in the Pod's namespace: 1 ms, where moving it there later takes 18. */
function createPair(host: NetlinkSocket, spec: PodVethSpec): void {
  const { hostName, netnsPath, ifname, mac, mtu } = spec;
  const netnsFd = openNamespace(netnsPath);
  try {
    const body = newVeth(
      { name: hostName, mtu, group: podLinkGroup },
      { name: ifname, mac, mtu, netnsFd },
    );
    host.change({
      entry: `veth ${hostName} to ${ifname} in ${netnsPath}`,
      type: rtm.NEWLINK,
      flags: nlmFlag.CREATE | nlmFlag.EXCL,
      payload: linkBody.encode(body),
    });
  } finally {
    closeSync(netnsFd);
  }
}

/** Before the host end comes up, so that it never has an address or answers for one. */
function quietHostEnd({ hostName, isIsolated }: PodVethSpec): void {
  for (const [path, value] of Object.entries(hostEndSysctls(hostName)))
    if (readSysctl(path) !== undefined) writeSysctl(path, value); // a kernel may have no IPv6
  if (isIsolated) isolateFromStack(hostName);
}

function readyPodEnd(pod: NetlinkSocket, spec: PodVethSpec): number {
  const devices = devicesOf(pod);
  for (const step of planPodEnd(spec)) applyStep(pod, step, devices);
  if (spec.offloads) setOffload(spec.ifname, spec.offloads);
  return devices.require(spec.ifname, `Pod end ${spec.ifname}`);
}

function requireLink(socket: NetlinkSocket, name: string) {
  const link = findLink(socket, name);
  if (!link) throw new HostError({ code: "no-device", entry: `veth ${name}`, device: name });
  return link;
}

function linkRemoval(
  which: { readonly name: string } | { readonly group: number },
): NetlinkRequest {
  return {
    entry: "name" in which ? `link ${which.name}` : "links of Pods that are gone",
    type: rtm.DELLINK,
    payload: linkBody.encode(linkMessage(which)),
  };
}
