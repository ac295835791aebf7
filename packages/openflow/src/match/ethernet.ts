import { type FieldDefinition, NXM_OF, OXM_OF } from "./field.ts";

/** IEEE 802.1Q. `vlan_vid` carries bit 0x1000 where a tag is present. */
export const vlanFields = {
  vlan_tci: {
    bits: 16,
    oxm: [NXM_OF, 4],
    text: "hex",
    nxm: "NXM_OF_VLAN_TCI",
    maskable: true,
    writable: true,
  },
  vlan_vid: {
    bits: 12,
    oxm: [OXM_OF, 6],
    text: "decimal",
    nxm: "OXM_OF_VLAN_VID",
    maskable: true,
    writable: true,
    exact: 0x1fffn,
  },
  vlan_pcp: {
    bits: 3,
    oxm: [OXM_OF, 7],
    text: "decimal",
    nxm: "OXM_OF_VLAN_PCP",
    maskable: false,
    writable: true,
    needs: "vlan",
  },
} as const satisfies Record<string, FieldDefinition>;

export const ethernetFields = {
  eth_src: {
    bits: 48,
    oxm: [OXM_OF, 4],
    also: [NXM_OF, 2],
    text: "mac",
    nxm: "NXM_OF_ETH_SRC",
    maskable: true,
    writable: true,
    inMatch: "dl_src",
    aliases: ["OXM_OF_ETH_SRC"],
  },
  eth_dst: {
    bits: 48,
    oxm: [OXM_OF, 3],
    also: [NXM_OF, 1],
    text: "mac",
    nxm: "NXM_OF_ETH_DST",
    maskable: true,
    writable: true,
    inMatch: "dl_dst",
    aliases: ["OXM_OF_ETH_DST"],
  },
  eth_type: {
    bits: 16,
    oxm: [OXM_OF, 5],
    also: [NXM_OF, 3],
    text: "hex",
    nxm: "NXM_OF_ETH_TYPE",
    maskable: false,
    writable: false,
    inMatch: "dl_type",
    aliases: ["OXM_OF_ETH_TYPE"],
  },
} as const satisfies Record<string, FieldDefinition>;

export const mplsFields = {
  mpls_label: {
    bits: 20,
    oxm: [OXM_OF, 34],
    text: "decimal",
    nxm: "OXM_OF_MPLS_LABEL",
    maskable: false,
    writable: true,
    needs: "mpls",
  },
  mpls_tc: {
    bits: 3,
    oxm: [OXM_OF, 35],
    text: "decimal",
    nxm: "OXM_OF_MPLS_TC",
    maskable: false,
    writable: true,
    needs: "mpls",
  },
  mpls_ttl: {
    bits: 8,
    oxm: [1, 30],
    text: "decimal",
    nxm: "NXM_NX_MPLS_TTL",
    maskable: false,
    writable: true,
    needs: "mpls",
  },
  mpls_bos: {
    bits: 1,
    oxm: [OXM_OF, 36],
    text: "decimal",
    nxm: "OXM_OF_MPLS_BOS",
    maskable: false,
    writable: false,
    needs: "mpls",
  },
} as const satisfies Record<string, FieldDefinition>;
