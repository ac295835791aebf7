import { hostU32, struct, u8 } from "@antrea/wire";
import { attribute, attributes, body, ip, text, word } from "./attribute.ts";

/** IFA_F_* of linux/if_addr.h. */
export const addressFlag = {
  NODAD: 0x2,
  TENTATIVE: 0x40,
  PERMANENT: 0x80,
  NOPREFIXROUTE: 0x200,
} as const;

/** RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR: `struct ifaddrmsg` and IFA_* attributes. */
export const addressBody = body(
  struct({ family: u8, prefixLength: u8, flags: u8, scope: u8, index: hostU32 }),
  attributes({
    /** The far end on a point-to-point link, else the same as `local`. IPv6 sends only this. */
    address: attribute(1, ip),
    local: attribute(2, ip),
    label: attribute(3, text),
    broadcast: attribute(4, ip),
    /** All the flags; the header's byte holds the low eight only. */
    flags: attribute(8, word),
  }),
);
export type AddressBody = ReturnType<typeof addressBody.decode>;
