import type { MacAddress } from "@antrea/net";
import { type LinkAttributes, type LinkBody, linkFlag, linkMessage } from "../netlink/link.ts";
import type { DeviceNames } from "./device-names.ts";
import type { Link } from "./state.ts";

/** A link as the kernel describes it. */
export interface ObservedLink extends Link {
  readonly index: number;
  readonly kind: string;
  readonly isUp: boolean;
  readonly isRunning: boolean;
  readonly mtu: number;
  readonly master: string;
  /** Index of a veth's other end, in namespace `peerNetnsId` if that is not this one. */
  readonly peerIndex?: number;
  readonly peerNetnsId?: number;
  /** IFLA_GROUP; absent for 0, where every link is that nobody marked. */
  readonly group?: number;
}

export function readLink(body: LinkBody, names: DeviceNames): ObservedLink {
  const { mac, name = "", mtu = 0, link, master, info, linkNetnsId, group } = body.attributes;
  return {
    name,
    index: body.index,
    kind: info?.kind === "other" ? info.name : (info?.kind ?? ""),
    mtu,
    isUp: (body.flags & linkFlag.UP) !== 0,
    isRunning: (body.flags & linkFlag.LOWER_UP) !== 0,
    ...(typeof mac === "string" && { mac }),
    master: master ? names.nameOf(master) : "",
    ...(link !== undefined && link !== 0 && { peerIndex: link }),
    ...(linkNetnsId !== undefined && { peerNetnsId: linkNetnsId }),
    ...(group !== undefined && group !== 0 && { group }),
  };
}

/** How a link that exists is changed. */
export interface LinkSettings {
  readonly mac?: MacAddress | undefined;
  readonly mtu?: number | undefined;
  readonly isUp?: boolean | undefined;
  /** Index of the new master; 0 frees the link. */
  readonly master?: number | undefined;
  readonly name?: string | undefined;
}

export function setLink(index: number, settings: LinkSettings): LinkBody {
  const { isUp, ...attributes } = settings;
  const flags = isUp === undefined ? {} : { flags: isUp ? linkFlag.UP : 0, change: linkFlag.UP };
  return linkMessage(attributes, { index, ...flags });
}

export interface VethPeer extends LinkAttributes {
  readonly name: string;
}

/** A pair whose far end is born with `peer`'s name, address and namespace. */
export function newVeth(
  near: LinkAttributes & { readonly name: string },
  peer: VethPeer,
): LinkBody {
  return linkMessage({ ...near, info: { kind: "veth", peer: linkMessage(peer) } });
}
