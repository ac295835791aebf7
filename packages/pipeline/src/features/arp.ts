import type { Action, FieldName } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import type { Ipv4Address, MacAddress } from "@antrea/net";
import { ipToBigInt } from "@antrea/net";

/** Turns an ARP request into the answer that what it asks for is at `mac`, and sends it back where it came from (RFC 826). */
export function answerArp(address: Ipv4Address | "as asked", mac: MacAddress): readonly Action[] {
  const copy = (from: FieldName, to: FieldName) => of.move(of.subfield(from), of.subfield(to));
  const swapProtocolAddresses =
    address === "as asked"
      ? [copy("arp_tpa", "reg2"), copy("arp_spa", "arp_tpa"), copy("reg2", "arp_spa")]
      : [copy("arp_spa", "arp_tpa"), of.setField("arp_spa", ipToBigInt(address))];
  return [
    copy("eth_src", "eth_dst"),
    of.setEthSrc(mac),
    of.setField("arp_op", 2),
    copy("arp_sha", "arp_tha"),
    of.setField("arp_sha", of.macNumber(mac)),
    ...swapProtocolAddresses,
    of.inPortOutput(),
  ];
}
