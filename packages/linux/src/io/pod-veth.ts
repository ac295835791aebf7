import { closeSync } from "node:fs";
import { HostError, isErrno } from "../host/error.ts";
import { newVeth, setLink } from "../host/links.ts";
import {
  hostEndSysctls,
  type PodVeth,
  type PodVethSpec,
  planPodEnd,
  podLinkGroup,
} from "../host/pod-veth.ts";
import { linkBody, linkMessage } from "../netlink/link.ts";
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

/**
 * Makes a Pod's veth pair and readies both ends, in one synchronous section: no other code of this
 * process runs meanwhile. After any failure nothing of it is left, and the HostError says what failed.
 */
export function createPodVeth(spec: PodVethSpec): PodVeth {
  const started = performance.now();
  return withNetlink((host) => {
    createPair(host, spec);
    try {
      const { hostName, netnsPath } = spec;
      quietHostEnd(spec);
      if (spec.hostOffloads) setOffload(hostName, spec.hostOffloads);
      const podIndex = inNamespace(netnsPath, () => withNetlink((pod) => readyPodEnd(pod, spec)));
      const { index: hostIndex, mac } = requireLink(host, hostName);
      host.change({
        entry: `link ${hostName}`,
        type: rtm.NEWLINK,
        payload: linkBody.encode(setLink(hostIndex, { isUp: true })),
      });
      return {
        hostName,
        hostIndex,
        hostMac: mac,
        podIndex,
        durationMs: performance.now() - started,
      };
    } catch (error) {
      host.change(linkRemoval(spec.hostName));
      endIsolation(spec.hostName);
      throw error;
    }
  });
}

/**
 * Deletes the pair by its host end; false if there was none. The Pod's namespace need not exist any
 * more. The kernel takes some 30 ms over it, on another thread.
 */
export async function deletePodVeth(hostName: string, netnsPath?: string): Promise<boolean> {
  const socket = inNamespace(netnsPath, () => openNetlink());
  try {
    await socket.changeInBackground(linkRemoval(hostName));
    return true;
  } catch (error) {
    if (isErrno(error, "ENODEV")) return false;
    throw error;
  } finally {
    socket.close();
    inNamespace(netnsPath, () => endIsolation(hostName));
  }
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

function linkRemoval(name: string): NetlinkRequest {
  return {
    entry: `link ${name}`,
    type: rtm.DELLINK,
    payload: linkBody.encode(linkMessage({ name })),
  };
}
