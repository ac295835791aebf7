import { hostI32, hostU16, padding, struct, u8 } from "@antrea/wire";
import { attribute, attributes, body, ip, raw, word } from "./attribute.ts";

/** NUD_* of linux/neighbour.h: how sure the kernel is of a neighbour. */
export const neighbourState = {
  none: 0,
  incomplete: 0x1,
  reachable: 0x2,
  stale: 0x4,
  delay: 0x8,
  probe: 0x10,
  failed: 0x20,
  noarp: 0x40,
  permanent: 0x80,
} as const;

/** NTF_* flags: resolve it as if a packet were waiting; answer for it. */
export const neighbourFlag = { USE: 0x1, PROXY: 0x8 } as const;
/** NTF_EXT_MANAGED: the kernel keeps the neighbour resolved (Linux 5.16). */
export const neighbourExtFlag = { MANAGED: 0x1 } as const;

/** RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH: `struct ndmsg` and NDA_* attributes. */
export const neighbourBody = body(
  struct({
    family: u8,
    pad: padding(3),
    index: hostI32,
    state: hostU16,
    flags: u8,
    type: u8,
  }),
  attributes({
    destination: attribute(1, ip),
    linkAddress: attribute(2, raw),
    extFlags: attribute(15, word),
  }),
);
export type NeighbourBody = ReturnType<typeof neighbourBody.decode>;
