import { type FieldDefinition, NXM_NX, NXM_OF, OXM_OF } from "./field.ts";

/** IPv6 (RFC 8200). */
export const ipv6AddressFields = {
  ipv6_src: {
    bits: 128,
    oxm: [OXM_OF, 26],
    also: [NXM_NX, 19],
    text: "ipv6",
    nxm: "NXM_NX_IPV6_SRC",
    maskable: true,
    writable: true,
    needs: "ipv6",
  },
  ipv6_dst: {
    bits: 128,
    oxm: [OXM_OF, 27],
    also: [NXM_NX, 20],
    text: "ipv6",
    nxm: "NXM_NX_IPV6_DST",
    maskable: true,
    writable: true,
    needs: "ipv6",
  },
  ipv6_label: {
    bits: 20,
    oxm: [OXM_OF, 28],
    also: [NXM_NX, 27],
    text: "hex",
    nxm: "NXM_NX_IPV6_LABEL",
    maskable: true,
    writable: true,
    needs: "ipv6",
  },
} as const satisfies Record<string, FieldDefinition>;

/** ARP addresses (RFC 826), printed before the operation. */
export const arpAddressFields = {
  arp_spa: {
    bits: 32,
    oxm: [OXM_OF, 22],
    also: [NXM_OF, 16],
    text: "ipv4",
    nxm: "NXM_OF_ARP_SPA",
    maskable: true,
    writable: true,
    needs: "arp",
  },
  arp_tpa: {
    bits: 32,
    oxm: [OXM_OF, 23],
    also: [NXM_OF, 17],
    text: "ipv4",
    nxm: "NXM_OF_ARP_TPA",
    maskable: true,
    writable: true,
    needs: "arp",
  },
} as const satisfies Record<string, FieldDefinition>;

/** IPv4 (RFC 791). */
export const ipv4AddressFields = {
  ip_src: {
    bits: 32,
    oxm: [OXM_OF, 11],
    also: [NXM_OF, 7],
    text: "ipv4",
    nxm: "NXM_OF_IP_SRC",
    maskable: true,
    writable: true,
    needs: "ipv4",
    inMatch: "nw_src",
    aliases: ["ipv4_src", "OXM_OF_IPV4_SRC"],
  },
  ip_dst: {
    bits: 32,
    oxm: [OXM_OF, 12],
    also: [NXM_OF, 8],
    text: "ipv4",
    nxm: "NXM_OF_IP_DST",
    maskable: true,
    writable: true,
    needs: "ipv4",
    inMatch: "nw_dst",
    aliases: ["ipv4_dst", "OXM_OF_IPV4_DST"],
  },
} as const satisfies Record<string, FieldDefinition>;

/** The rest of ARP. */
export const arpFields = {
  arp_op: {
    bits: 16,
    oxm: [OXM_OF, 21],
    also: [NXM_OF, 15],
    text: "decimal",
    nxm: "NXM_OF_ARP_OP",
    maskable: false,
    writable: true,
    needs: "arp",
  },
  arp_sha: {
    bits: 48,
    oxm: [OXM_OF, 24],
    also: [NXM_NX, 17],
    text: "mac",
    nxm: "NXM_NX_ARP_SHA",
    maskable: true,
    writable: true,
    needs: "arp",
  },
  arp_tha: {
    bits: 48,
    oxm: [OXM_OF, 25],
    also: [NXM_NX, 18],
    text: "mac",
    nxm: "NXM_NX_ARP_THA",
    maskable: true,
    writable: true,
    needs: "arp",
  },
} as const satisfies Record<string, FieldDefinition>;

/** The protocol inside IPv4 or IPv6, printed before the other fields that they share. */
export const protocolFields = {
  nw_proto: {
    bits: 8,
    oxm: [OXM_OF, 10],
    also: [NXM_OF, 6],
    text: "decimal",
    nxm: "NXM_OF_IP_PROTO",
    maskable: false,
    writable: false,
    needs: "ip",
    aliases: ["ip_proto"],
  },
} as const satisfies Record<string, FieldDefinition>;

/** What IPv4 and IPv6 share. `nw_tos` is the octet with DSCP in its upper six bits, `ip_dscp` those six bits. */
export const ipFields = {
  nw_tos: {
    bits: 8,
    oxm: [NXM_OF, 5],
    text: "decimal",
    nxm: "NXM_OF_IP_TOS",
    maskable: false,
    writable: true,
    needs: "ip",
  },
  ip_dscp: {
    bits: 6,
    oxm: [OXM_OF, 8],
    text: "decimal",
    nxm: "OXM_OF_IP_DSCP",
    maskable: false,
    writable: true,
    needs: "ip",
  },
  nw_ecn: {
    bits: 2,
    oxm: [OXM_OF, 9],
    also: [NXM_NX, 28],
    text: "decimal",
    nxm: "NXM_NX_IP_ECN",
    maskable: false,
    writable: true,
    needs: "ip",
    aliases: ["ip_ecn"],
  },
  nw_ttl: {
    bits: 8,
    oxm: [NXM_NX, 29],
    text: "decimal",
    nxm: "NXM_NX_IP_TTL",
    maskable: false,
    writable: true,
    needs: "ip",
  },
  ip_frag: {
    bits: 2,
    oxm: [NXM_NX, 26],
    text: "frag",
    nxm: "NXM_NX_IP_FRAG",
    maskable: true,
    writable: false,
    needs: "ip",
    inMatch: "nw_frag",
  },
} as const satisfies Record<string, FieldDefinition>;
