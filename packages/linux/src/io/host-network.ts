import type { HostNetwork } from "../host/network.ts";
import { converger } from "./converge.ts";
import { icmpEcho } from "./echo.ts";
import { inNamespace } from "./namespace.ts";
import { type NetlinkSocket, withNetlinkIn } from "./netlink-socket.ts";
import { readOffload, setOffload } from "./offload.ts";
import { unreadBytes } from "./packet-sockets.ts";
import { fitPodMtu } from "./pod-mtu.ts";
import { bearPodVeth, bringUp, createPodVeth, deletePodVeths, readyPodVeth } from "./pod-veth.ts";
import { readDeviceFrames, setReceiveModeration } from "./receive-moderation.ts";
import { refusedPackets } from "./refusals.ts";
import { neighbourOf, resolveRoute, solicitNeighbour } from "./resolve.ts";
import { resolveNeighbour } from "./resolve-neighbour.ts";
import { endIsolation, isolatedDevices, isolateFromStack } from "./stack-isolation.ts";
import { watchHost } from "./watch.ts";

/** The namespace at `netnsPath`, or our own. It holds nothing open between calls. */
export function hostNetwork({ netnsPath }: { readonly netnsPath?: string } = {}): HostNetwork {
  const ask = <T>(question: (socket: NetlinkSocket) => T) => withNetlinkIn(netnsPath, question);
  return {
    ...converger(netnsPath),
    watch: (onEvent, options) => watchHost(onEvent, { ...options, netnsPath }),
    resolveRoute: (destination) => ask((socket) => resolveRoute(socket, destination)),
    neighbourOf: (device, address) => ask((socket) => neighbourOf(socket, device, address)),
    solicitNeighbour: (device, address) =>
      ask((socket) => solicitNeighbour(socket, device, address)),
    resolveNeighbour: (device, address, options) =>
      resolveNeighbour(device, address, { ...options, netnsPath }),
    createPodVeth: (spec) => inNamespace(netnsPath, () => createPodVeth(spec)),
    bearPodVeth: (spec) => inNamespace(netnsPath, () => bearPodVeth(spec)),
    readyPodVeth: (spec) => inNamespace(netnsPath, () => readyPodVeth(spec)),
    fitPodMtu: (spec) => inNamespace(netnsPath, () => fitPodMtu(spec)),
    bringUp: (device) => ask((socket) => bringUp(socket, device)),
    isolatedDevices: () => inNamespace(netnsPath, isolatedDevices),
    isolateDevice: (device) => inNamespace(netnsPath, () => isolateFromStack(device)),
    showDevice: (device) => inNamespace(netnsPath, () => endIsolation([device])),
    deletePodVeths: (hostNames) => deletePodVeths(hostNames, netnsPath),
    readOffload: (device) => inNamespace(netnsPath, () => readOffload(device)),
    setOffload: (device, wish) => inNamespace(netnsPath, () => setOffload(device, wish)),
    setReceiveModeration: (device, wish) =>
      inNamespace(netnsPath, () => setReceiveModeration(device, wish)),
    deviceFrames: () => inNamespace(netnsPath, readDeviceFrames),
    unreadBytes: (device) => ask((socket) => unreadBytes(socket, device)),
    icmpEcho: (request, options) => icmpEcho(request, { ...options, netnsPath }),
    refusedPackets: (packets, options) => refusedPackets(packets, { ...options, netnsPath }),
  };
}
