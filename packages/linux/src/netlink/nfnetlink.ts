import { struct, u8, u16, u32 } from "@antrea/wire";
import { attribute, attributes, body, fixed, text } from "./attribute.ts";

/** Message types of linux/netfilter/nfnetlink.h and nf_tables.h; numbers inside are big-endian. */
const subsystem = 10; // NFNL_SUBSYS_NFTABLES
export const nftMessage = {
  BATCH_BEGIN: 16,
  BATCH_END: 17,
  NEWTABLE: (subsystem << 8) | 0,
  NEWCHAIN: (subsystem << 8) | 3,
  GETCHAIN: (subsystem << 8) | 4,
  DELCHAIN: (subsystem << 8) | 5,
  GETGEN: (subsystem << 8) | 16,
} as const;

const NFPROTO_NETDEV = 5;
const NF_NETDEV_INGRESS = 0;
const NF_DROP = 0;

const nfgenmsg = struct({ family: u8, version: u8, resource: u16 });
const number = fixed(u32);

const batchBody = body(nfgenmsg, attributes({}));
const tableBody = body(
  nfgenmsg,
  attributes({ name: attribute(1, text), flags: attribute(2, number) }),
);
const hook = attributes({
  number: attribute(1, number),
  priority: attribute(2, number),
  device: attribute(3, text),
});
const nested = 0x8000; // NLA_F_NESTED
export const chainBody = body(
  nfgenmsg,
  attributes({
    table: attribute(1, text),
    name: attribute(3, text),
    hook: attribute(4 | nested, hook),
    policy: attribute(5, number),
    type: attribute(7, text),
  }),
);

const header = { family: NFPROTO_NETDEV, version: 0, resource: 0 };

/** The frame around a transaction: all between begin and end is done, or none of it. */
export const batchMark = batchBody.encode({
  family: 0,
  version: 0,
  resource: subsystem,
  attributes: {},
});

export function newNetdevTable(name: string): Uint8Array {
  return tableBody.encode({ ...header, attributes: { name, flags: 0 } });
}

export interface IngressDrop {
  readonly table: string;
  readonly name: string;
  readonly device: string;
  readonly priority: number;
}

/** A chain that drops every frame which the kernel's own stack would take in from `device`. */
export function newIngressDrop({ table, name, device, priority }: IngressDrop): Uint8Array {
  return chainBody.encode({
    ...header,
    attributes: {
      table,
      name,
      hook: { number: NF_NETDEV_INGRESS, priority, device },
      policy: NF_DROP,
      type: "filter",
    },
  });
}

/** Asks for the number of the ruleset: NFT_MSG_GETGEN. */
export const generationRequest = batchBody.encode({
  family: 0,
  version: 0,
  resource: 0,
  attributes: {},
});
/** Its answer, NFT_MSG_NEWGEN: another number after each transaction, whoever made it. */
export const generationBody = body(nfgenmsg, attributes({ id: attribute(1, number) }));

/** Asks for every chain of the netdev family. */
export const everyNetdevChain = batchBody.encode({ ...header, attributes: {} });

export function deleteChain(table: string, name: string): Uint8Array {
  return chainBody.encode({ ...header, attributes: { table, name } });
}
