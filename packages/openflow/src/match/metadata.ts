import {
  type FieldDefinition,
  NX_EXPERIMENTER,
  NXM_NX,
  OXM_EXPERIMENTER,
  OXM_OF,
} from "./field.ts";

/** What is known of a packet besides its bytes. */
export const metadataFields = {
  pkt_mark: {
    bits: 32,
    oxm: [NXM_NX, 33],
    text: "hex",
    nxm: "NXM_NX_PKT_MARK",
    maskable: true,
    writable: true,
  },
  recirc_id: {
    bits: 32,
    oxm: [NXM_NX, 36],
    text: "decimal",
    nxm: "NXM_NX_RECIRC_ID",
    maskable: false,
    writable: false,
  },
  dp_hash: {
    bits: 32,
    oxm: [NXM_NX, 35],
    text: "hex",
    nxm: "NXM_NX_DP_HASH",
    maskable: true,
    writable: false,
  },
  conj_id: {
    bits: 32,
    oxm: [NXM_NX, 37],
    text: "decimal",
    nxm: "NXM_NX_CONJ_ID",
    maskable: false,
    writable: false,
  },
  actset_output: {
    bits: 32,
    oxm: [OXM_OF, 43],
    text: "port",
    nxm: "OXM_OF_ACTSET_OUTPUT",
    maskable: false,
    writable: false,
  },
} as const satisfies Record<string, FieldDefinition>;

export const packetTypeFields = {
  packet_type: {
    bits: 32,
    oxm: [OXM_OF, 44],
    text: "packetType",
    nxm: "OXM_OF_PACKET_TYPE",
    maskable: false,
    writable: false,
  },
} as const satisfies Record<string, FieldDefinition>;

/** Where a packet came in, and the OpenFlow 1.1 metadata. */
export const portFields = {
  metadata: {
    bits: 64,
    oxm: [OXM_OF, 2],
    text: "hex",
    nxm: "OXM_OF_METADATA",
    maskable: true,
    writable: true,
  },
  in_port: {
    bits: 16,
    oxm: [0, 0],
    text: "port",
    nxm: "NXM_OF_IN_PORT",
    maskable: false,
    writable: true,
  },
  in_port_oxm: {
    bits: 32,
    oxm: [OXM_OF, 0],
    text: "port",
    nxm: "OXM_OF_IN_PORT",
    maskable: false,
    writable: true,
    inMatch: "in_port",
  },
} as const satisfies Record<string, FieldDefinition>;

/** The tunnel that a packet came through or goes to. */
export const tunnelFields = {
  tun_id: {
    bits: 64,
    oxm: [OXM_OF, 38],
    also: [NXM_NX, 16],
    text: "hex",
    nxm: "NXM_NX_TUN_ID",
    maskable: true,
    writable: true,
    aliases: ["tunnel_id", "OXM_OF_TUNNEL_ID"],
  },
  tun_src: {
    bits: 32,
    oxm: [NXM_NX, 31],
    text: "ipv4",
    nxm: "NXM_NX_TUN_IPV4_SRC",
    maskable: true,
    writable: true,
  },
  tun_dst: {
    bits: 32,
    oxm: [NXM_NX, 32],
    text: "ipv4",
    nxm: "NXM_NX_TUN_IPV4_DST",
    maskable: true,
    writable: true,
  },
  tun_ipv6_src: {
    bits: 128,
    oxm: [NXM_NX, 109],
    text: "ipv6",
    nxm: "NXM_NX_TUN_IPV6_SRC",
    maskable: true,
    writable: true,
  },
  tun_ipv6_dst: {
    bits: 128,
    oxm: [NXM_NX, 110],
    text: "ipv6",
    nxm: "NXM_NX_TUN_IPV6_DST",
    maskable: true,
    writable: true,
  },
  tun_gbp_id: {
    bits: 16,
    oxm: [NXM_NX, 38],
    text: "decimal",
    nxm: "NXM_NX_TUN_GBP_ID",
    maskable: true,
    writable: true,
  },
  tun_gbp_flags: {
    bits: 8,
    oxm: [NXM_NX, 39],
    text: "hex",
    nxm: "NXM_NX_TUN_GBP_FLAGS",
    maskable: true,
    writable: true,
  },
  tun_erspan_ver: {
    bits: 4,
    oxm: [OXM_EXPERIMENTER, 12, NX_EXPERIMENTER],
    text: "decimal",
    nxm: "NXOXM_ET_ERSPAN_VER",
    maskable: true,
    writable: true,
  },
  tun_erspan_idx: {
    bits: 20,
    oxm: [OXM_EXPERIMENTER, 11, NX_EXPERIMENTER],
    text: "hex",
    nxm: "NXOXM_ET_ERSPAN_IDX",
    maskable: true,
    writable: true,
  },
  tun_erspan_dir: {
    bits: 1,
    oxm: [OXM_EXPERIMENTER, 13, NX_EXPERIMENTER],
    text: "decimal",
    nxm: "NXOXM_ET_ERSPAN_DIR",
    maskable: true,
    writable: true,
  },
  tun_erspan_hwid: {
    bits: 6,
    oxm: [OXM_EXPERIMENTER, 14, NX_EXPERIMENTER],
    text: "hex",
    nxm: "NXOXM_ET_ERSPAN_HWID",
    maskable: true,
    writable: true,
  },
  tun_flags: {
    bits: 1,
    bytes: 2,
    oxm: [NXM_NX, 104],
    text: "tunFlags",
    nxm: "NXM_NX_TUN_FLAGS",
    maskable: true,
    writable: true,
  },
} as const satisfies Record<string, FieldDefinition>;
