import { closeSync } from "node:fs";
import { absurd } from "@antrea/base";
import { writeAddress } from "../host/addresses.ts";
import { HostError, isErrno } from "../host/error.ts";
import { newVeth, setLink } from "../host/links.ts";
import { writeNeighbour } from "../host/neighbours.ts";
import { formatStep, type SynchronousStep } from "../host/plan.ts";
import { writeRoute } from "../host/routes.ts";
import type { Link } from "../host/state.ts";
import { addressBody } from "../netlink/address.ts";
import { type LinkBody, linkBody, linkMessage } from "../netlink/link.ts";
import { nlmFlag } from "../netlink/message.ts";
import { neighbourBody } from "../netlink/neighbour.ts";
import { routeBody } from "../netlink/route.ts";
import { rtm } from "../netlink/rtnetlink.ts";
import { openNamespace } from "./namespace.ts";
import type { NetlinkSocket } from "./netlink-socket.ts";
import { findLink } from "./observe.ts";
import { writeSysctl } from "./sysctl.ts";

const make = nlmFlag.CREATE | nlmFlag.EXCL;
const makeOrReplace = nlmFlag.CREATE | nlmFlag.REPLACE;

/** Does one step in the namespace of `socket`, which must be the one we are in. Throws a HostError. */
export function applyStep(socket: NetlinkSocket, step: SynchronousStep, devices: Devices): void {
  const entry = formatStep(step);
  const index = (device: string) => devices.require(device, entry);
  const change = (type: number, flags: number, payload: Uint8Array) =>
    socket.change({ entry, type, flags, payload });
  switch (step.kind) {
    case "create-link":
      return createLink(step.link, (body) => change(rtm.NEWLINK, make, linkBody.encode(body)));
    case "set-link": {
      const { master, mac, mtu, isUp, name } = step.link;
      const settings = {
        mac,
        mtu,
        isUp,
        master: master ? index(master) : master === "" ? 0 : undefined,
      };
      return change(rtm.NEWLINK, 0, linkBody.encode(setLink(index(name), settings)));
    }
    case "remove-link":
      return unlessGone(["ENODEV"], () =>
        change(rtm.DELLINK, 0, linkBody.encode(linkMessage({ name: step.link.name }))),
      );
    case "set-sysctl":
      return writeSysctl(step.path, step.value);
    case "add-address": {
      const body = writeAddress(index(step.address.device), step.address);
      return change(rtm.NEWADDR, makeOrReplace, addressBody.encode(body));
    }
    case "remove-address":
      return unlessGone(["EADDRNOTAVAIL", "ENODEV"], () => {
        const body = writeAddress(index(step.address.device), step.address);
        change(rtm.DELADDR, 0, addressBody.encode(body));
      });
    case "set-neighbour": {
      const body = writeNeighbour(index(step.neighbour.device), step.neighbour);
      return change(rtm.NEWNEIGH, makeOrReplace, neighbourBody.encode(body));
    }
    case "remove-neighbour":
      return unlessGone(["ENOENT", "ENODEV"], () => {
        const body = writeNeighbour(index(step.neighbour.device), step.neighbour);
        change(rtm.DELNEIGH, 0, neighbourBody.encode(body));
      });
    case "set-route":
    case "remove-route": {
      const { route } = step;
      const output = () => (route.device === undefined ? undefined : index(route.device));
      if (step.kind === "set-route")
        return change(rtm.NEWROUTE, makeOrReplace, routeBody.encode(writeRoute(route, output())));
      return unlessGone(["ESRCH", "ENODEV", "ENETDOWN"], () =>
        change(rtm.DELROUTE, 0, routeBody.encode(writeRoute(route, output()))),
      );
    }
    default:
      return absurd(step);
  }
}

function createLink(link: Link, create: (body: LinkBody) => void): void {
  const { name, mac, mtu, create: how } = link;
  if (!how) return;
  if (how.kind !== "veth") {
    const info =
      how.kind === "bridge" ? { kind: how.kind } : ({ kind: "other", name: how.kind } as const);
    return create(linkMessage({ name, mac, mtu, info }));
  }
  if (how.peerNetns === undefined)
    return create(newVeth({ name, mac, mtu }, { name: how.peer, mtu }));
  const netnsFd = openNamespace(how.peerNetns);
  try {
    create(newVeth({ name, mac, mtu }, { name: how.peer, mtu, netnsFd }));
  } finally {
    closeSync(netnsFd);
  }
}

/** The indexes of devices, asked for once each; good for one synchronous section. */
export interface Devices {
  /** Throws a HostError that names `entry` if there is no such device. */
  require(device: string, entry: string): number;
}

export function devicesOf(socket: NetlinkSocket): Devices {
  const indexes = new Map<string, number>();
  return {
    require(device, entry) {
      const index = indexes.get(device) ?? findLink(socket, device)?.index;
      if (index === undefined) throw new HostError({ code: "no-device", entry, device });
      indexes.set(device, index);
      return index;
    },
  };
}

/** What is to be removed and is not there is as it should be. */
function unlessGone(errnos: readonly string[], remove: () => void): void {
  try {
    remove();
  } catch (error) {
    const isDeviceGone = error instanceof HostError && error.problem.code === "no-device";
    if (!isDeviceGone && !isErrno(error, ...errnos)) throw error;
  }
}
