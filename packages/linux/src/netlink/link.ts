import { hostI32, hostU16, hostU32, padding, struct, u8, type WireType } from "@antrea/wire";
import {
  attribute,
  attributes,
  bareText,
  body,
  byte,
  mac,
  type PayloadCodec,
  raw,
  signedWord,
  text,
  word,
} from "./attribute.ts";

/** IFF_* of linux/if.h. */
export const linkFlag = { UP: 0x1, RUNNING: 0x40, LOWER_UP: 0x10000 } as const;

const ifinfomsg = struct({
  family: u8,
  pad: padding(1),
  type: hostU16,
  index: hostI32,
  flags: hostU32,
  change: hostU32,
});

/** What makes a link one of its kind (IFLA_LINKINFO); kinds that we do not make keep only their name. */
export type LinkInfo =
  | { readonly kind: "veth"; readonly peer?: LinkBody }
  | { readonly kind: "bridge"; readonly isVlanFiltering?: boolean; readonly hasStp?: boolean }
  | { readonly kind: "tun"; readonly mode?: "tun" | "tap" }
  | { readonly kind: "other"; readonly name: string };

/** Attributes of a link that we read or write, by their IFLA_* number. */
export interface LinkAttributes {
  readonly mac?: WireMac | undefined;
  readonly name?: string | undefined;
  readonly mtu?: number | undefined;
  /** Index of the veth peer or of the lower device; in namespace `linkNetnsId` if that is given. */
  readonly link?: number | undefined;
  readonly master?: number | undefined;
  readonly operState?: number | undefined;
  readonly info?: LinkInfo | undefined;
  /** A file descriptor of the namespace in which the link is to be. */
  readonly netnsFd?: number | undefined;
  readonly carrier?: number | undefined;
  /** A number that administrators and programs mark links with: `ip link show group`. */
  readonly group?: number | undefined;
  readonly linkNetnsId?: number | undefined;
}
type WireMac = Uint8Array | ReturnType<typeof mac.decode>;

export type LinkBody = WireType<typeof ifinfomsg> & { readonly attributes: LinkAttributes };

const infoAttributes = attributes({ kind: attribute(1, bareText), data: attribute(2, raw) });
const vethData: PayloadCodec<{ readonly peer?: LinkBody | undefined }> = attributes({
  peer: attribute(1, {
    encode: (v: LinkBody) => linkBody.encode(v),
    decode: (b) => linkBody.decode(b),
  }),
});
const bridgeData = attributes({ stp: attribute(5, word), vlanFiltering: attribute(7, byte) });
const tunData = attributes({ type: attribute(3, byte) });
const tunModes = ["", "tun", "tap"] as const; // IFF_TUN, IFF_TAP

const linkInfo: PayloadCodec<LinkInfo> = {
  encode: (info) =>
    infoAttributes.encode({
      kind: info.kind === "other" ? info.name : info.kind,
      data: data(info),
    }),
  decode(bytes) {
    const { kind = "", data = new Uint8Array() } = infoAttributes.decode(bytes);
    switch (kind) {
      case "veth": {
        const { peer } = vethData.decode(data);
        return { kind, ...(peer && { peer }) };
      }
      case "bridge": {
        const { stp, vlanFiltering } = bridgeData.decode(data);
        return {
          kind,
          ...(stp !== undefined && { hasStp: stp !== 0 }),
          ...(vlanFiltering !== undefined && { isVlanFiltering: vlanFiltering !== 0 }),
        };
      }
      case "tun": {
        const mode = tunModes[tunData.decode(data).type ?? 0];
        return { kind, ...(mode && { mode }) };
      }
      default:
        return { kind: "other", name: kind };
    }
  },
};

function data(info: LinkInfo): Uint8Array | undefined {
  switch (info.kind) {
    case "veth":
      return info.peer && vethData.encode({ peer: info.peer });
    case "bridge":
      return bridgeData.encode({ stp: bit(info.hasStp), vlanFiltering: bit(info.isVlanFiltering) });
    case "tun":
      return info.mode && tunData.encode({ type: tunModes.indexOf(info.mode) });
    case "other":
      return undefined;
  }
}

function bit(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** A hardware address of any size: six bytes become a MacAddress, others stay bytes. */
const hardwareAddress: PayloadCodec<WireMac> = {
  encode: (value) => (typeof value === "string" ? mac.encode(value) : value),
  decode: (bytes) => (bytes.length === 6 ? mac.decode(bytes) : bytes.slice()),
};

/** RTM_NEWLINK, RTM_SETLINK, RTM_DELLINK, RTM_GETLINK: `struct ifinfomsg` and IFLA_* attributes. */
export const linkBody: PayloadCodec<LinkBody> = body(
  ifinfomsg,
  attributes({
    mac: attribute(1, hardwareAddress),
    mtu: attribute(4, word),
    name: attribute(3, text),
    link: attribute(5, word),
    master: attribute(10, word),
    operState: attribute(16, byte),
    info: attribute(18, linkInfo),
    group: attribute(27, word),
    netnsFd: attribute(28, word),
    carrier: attribute(33, byte),
    linkNetnsId: attribute(37, signedWord),
  }),
);

/** A link message with all of its header zero but what is given. */
export function linkMessage(
  attributes: LinkAttributes,
  header: Partial<WireType<typeof ifinfomsg>> = {},
): LinkBody {
  return { family: 0, type: 0, index: 0, flags: 0, change: 0, ...header, attributes };
}
