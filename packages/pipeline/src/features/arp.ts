import type { Action } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { type Ipv4Address, ipToBigInt, type MacAddress, macToBigInt } from "@antrea/net";

/** Turns an ARP request into the answer that `address` is at `mac`, and sends it back where it came from (RFC 826). */
export function answerArp(address: Ipv4Address | "as asked", mac: MacAddress): readonly Action[] {
  const whole = (field: "eth_src" | "eth_dst" | "arp_spa" | "arp_tpa" | "arp_sha" | "arp_tha", bits: number) => ({ field, firstBit: 0, bits });
  return [
    of.move(whole("eth_src", 48), whole("eth_dst", 48)),
    of.setField("eth_src", macToBigInt(mac)),
    of.setField("arp_op", 2n),
    of.move(whole("arp_sha", 48), whole("arp_tha", 48)),
    of.setField("arp_sha", macToBigInt(mac)),
    ...(address === "as asked"
      ? [
          // the asked-for address becomes the answerer's, by way of a register
          of.move(whole("arp_tpa", 32), { field: "reg2", firstBit: 0, bits: 32 }),
          of.move(whole("arp_spa", 32), whole("arp_tpa", 32)),
          of.move({ field: "reg2", firstBit: 0, bits: 32 }, whole("arp_spa", 32)),
        ]
      : [of.move(whole("arp_spa", 32), whole("arp_tpa", 32)), of.setField("arp_spa", ipToBigInt(address))]),
    of.inPortOutput(),
  ];
}
