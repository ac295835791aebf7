import type { Cidr, IpAddress } from "@antrea/net";

/** One nftables table that is wholly ours. */
export interface NftTable {
  readonly family: NftFamily;
  readonly name: string;
  readonly sets?: readonly NftSet[];
  readonly chains: readonly NftChain[];
}
export type NftFamily = "ip" | "ip6" | "inet" | "netdev";

/**
 * A named set. With `isInterval` its elements may be networks; without, single values, which costs
 * far less to change when there are thousands (nft reads an interval set whole for each change).
 */
export interface NftSet {
  readonly name: string;
  readonly type: "ipv4_addr" | "ipv6_addr" | "inet_service" | "ifname" | "ether_addr";
  readonly isInterval?: boolean;
  readonly elements: readonly string[];
}

export interface NftChain {
  readonly name: string;
  /** Where packets enter it; without, the chain is entered by a jump. */
  readonly base?: NftBaseChain;
  readonly rules: readonly NftRule[];
}

export interface NftBaseChain {
  readonly type: "filter" | "nat" | "route";
  readonly hook:
    | "prerouting"
    | "input"
    | "forward"
    | "output"
    | "postrouting"
    | "ingress"
    | "egress";
  /** Lower runs earlier: -300 raw, -150 mangle, -100 dstnat, 0 filter, 100 srcnat. */
  readonly priority: number;
  readonly policy: "accept" | "drop";
  /** The devices of an ingress or egress chain; before Linux 6.16 they must exist. */
  readonly devices?: readonly string[];
}

export interface NftRule {
  /** All must hold. */
  readonly match: readonly NftMatch[];
  readonly verdict: NftVerdict;
  /** For people who read `nft list ruleset`; must be unique in its chain. */
  readonly comment: string;
  /** Counts packets and bytes. */
  readonly isCounted?: boolean;
}

/** An address, a network, or `@name` of a set of this table. */
export type NftAddress = IpAddress | Cidr | `@${string}`;

export type NftMatch =
  | {
      readonly kind: "source" | "destination";
      readonly family: "ipv4" | "ipv6";
      readonly address: NftAddress;
      readonly isNegated?: boolean;
    }
  | {
      readonly kind: "input" | "output";
      readonly device: string;
      readonly isNegated?: boolean;
    }
  | { readonly kind: "protocol"; readonly family: "ipv4" | "ipv6"; readonly protocol: IpProtocol }
  | {
      readonly kind: "sourcePort" | "destinationPort";
      readonly protocol: "tcp" | "udp" | "sctp";
      readonly port: number;
    }
  | {
      readonly kind: "addressType";
      readonly side: "source" | "destination";
      readonly type: "local";
    }
  | { readonly kind: "ctState"; readonly states: readonly CtState[] }
  | { readonly kind: "mark"; readonly value: number; readonly mask?: number }
  /** nft(8) text that no other kind covers: one line, no `;`, braces in pairs. */
  | { readonly kind: "text"; readonly text: string };
export type IpProtocol = "tcp" | "udp" | "sctp" | "icmp" | "icmpv6" | "gre" | "esp";
export type CtState = "new" | "established" | "related" | "invalid" | "untracked";

export type NftVerdict =
  | { readonly kind: "accept" | "drop" | "return" | "masquerade" | "notrack" }
  | { readonly kind: "snat" | "dnat"; readonly family: "ipv4" | "ipv6"; readonly to: IpAddress }
  | { readonly kind: "setMark"; readonly value: number }
  /** A reset, which is for TCP alone; or "administratively prohibited", by ICMP of the packet's family. */
  | { readonly kind: "reject"; readonly with: "reset" | "prohibited" }
  | { readonly kind: "jump" | "goto"; readonly chain: string };
