/** How a field's values are written in text. */
export type FieldText =
  | "hex"
  | "decimal"
  | "mac"
  | "ipv4"
  | "ipv6"
  | "port"
  | "ctState"
  | "tcpFlags"
  | "tunFlags"
  | "frag"
  | "packetType";

/** What a packet must be for a field to exist in it (ovs-fields(7), "Prerequisites"). */
export type Prerequisite =
  | "ipv4"
  | "ipv6"
  | "ip"
  | "arp"
  | "mpls"
  | "vlan"
  | "tcp"
  | "udp"
  | "sctp"
  | "icmp"
  | "icmpv6"
  | "nd"
  | "ndSolicit"
  | "ndAdvert"
  | "ct"
  | "nsh";

/** A field of ovs-fields(7): how it looks on the wire and in text. */
export interface FieldDefinition {
  /** Its width; subfields count bits from the least significant one. */
  readonly bits: number;
  /** Its size on the wire, where its width does not say it. */
  readonly bytes?: number;
  /** OXM class and field number (OpenFlow 1.5.1 section 7.2.3.2); for an experimenter class its id. */
  readonly oxm: readonly [oxmClass: number, field: number, experimenter?: number];
  /** The NXM header of the same field, by which the Nicira actions name it. */
  readonly also?: readonly [oxmClass: number, field: number];
  readonly text: FieldText;
  /** The name that Open vSwitch prints for a part of the field, as in `NXM_NX_REG0[0..3]`. */
  readonly nxm: string;
  readonly maskable: boolean;
  /** Whether actions may write it. */
  readonly writable: boolean;
  readonly needs?: Prerequisite;
  /** The name in the match of a printed flow, where it differs from the field's name. */
  readonly inMatch?: string;
  /** Further names that are understood. */
  readonly aliases?: readonly string[];
  /** The mask of an exact match, where it is not all of `bits`. */
  readonly exact?: bigint;
}

/** OXM classes and experimenters that Open vSwitch 3.1 speaks. */
export const NXM_OF = 0x0000;
export const NXM_NX = 0x0001;
/** Ericsson's, without an experimenter number. */
export const ERICOXM_OF = 0x1000;
export const OXM_OF = 0x8000;
export const OXM_PACKET_REGS = 0x8001;
export const OXM_EXPERIMENTER = 0xffff;
export const NX_EXPERIMENTER = 0x00002320;
export const NSH_EXPERIMENTER = 0x005ad650;
export const ONF_EXPERIMENTER = 0x4f4e4600;
