import { defineRegisters } from "./define-registers.ts";

/** Where a packet entered the pipeline. The same numbers are kept in the connection's mark. */
const sources = { tunnel: 1, gateway: 2, pod: 3, uplink: 4, uplinkExternal: 5 } as const;

/** Every field that a packet, or its connection, carries. The bits of Antrea's own fields are Antrea's. */
export const registers = defineRegisters({
  pktSource: { in: "reg0", bits: [0, 3], means: "where the packet came from", values: sources },
  pktDestination: {
    in: "reg0",
    bits: [4, 7],
    means: "where the packet is going",
    values: { tunnel: 1, gateway: 2, local: 3, uplink: 4 },
  },
  disposition: {
    in: "reg0",
    bits: [11, 12],
    means: "what a policy rule decided, until the metric table carries it out",
    values: { allow: 0, drop: 1, reject: 2 },
  },
  isReject: {
    in: "reg0",
    bits: [13, 13],
    means: "an answer that the agent made for a rejected packet",
    values: { yes: 1 },
  },
  isEstablished: {
    in: "reg0",
    bits: [15, 15],
    means: "of a live connection: no rule is asked",
    values: { no: 0, yes: 1 },
  },
  isNoted: {
    in: "reg0",
    bits: [16, 16],
    means: "the answer to this SCTP packet is noted",
    values: { no: 0, yes: 1 },
  },
  output: { in: "reg0", bits: [21, 22], means: "how it leaves", values: { port: 1 } },
  targetOfPort: { in: "reg1", bits: [0, 31], means: "the port it leaves by" },
  egressRule: { in: "reg5", bits: [0, 31], means: "the egress rule that decided" },
  ingressRule: { in: "reg6", bits: [0, 31], means: "the ingress rule that decided" },
  clientMac: {
    in: "xxreg3",
    bits: [0, 47],
    means: "the Ethernet source of a packet from outside the cluster, before routing",
  },
});

/** What a connection remembers in its ct_mark and ct_label. */
export const connection = defineRegisters({
  source: {
    in: "ct_mark",
    bits: [0, 3],
    means: "where the connection's first packet came from",
    values: sources,
  },
  ingressRule: {
    in: "ct_label",
    bits: [0, 31],
    means: "the ingress rule that let the connection pass; 0 for none",
  },
  egressRule: {
    in: "ct_label",
    bits: [32, 63],
    means: "the egress rule that let the connection pass; 0 for none",
  },
  clientMac: {
    in: "ct_label",
    bits: [80, 127],
    means: "the next hop back to a client outside the cluster",
  },
});

/** The conntrack zone of Pod connections, one a family, as Antrea numbers them. */
export const ctZones = { ipv4: 65520, ipv6: 65510 } as const;
