import { padding, struct, u32, u64, u8, type WireType } from "@antrea/wire";
import type { ByteReader } from "@antrea/wire";
import { defineMessage, emptyMessage, fixedItem, listReply, sized } from "./definition.ts";

export const tableStatsRequest = emptyMessage("tableStatsRequest", { request: 3 });
const statsBody = struct({
  table: u8,
  pad: padding(3),
  active: u32,
  lookups: u64,
  matches: u64,
});
/** How many flows a table has, and how many packets came by. */
export type TableStats = WireType<typeof statsBody>;
export const tableStatsReply = listReply("tableStatsReply", 3, fixedItem(statsBody));

export const tableDescRequest = emptyMessage("tableDescRequest", { request: 14 });
const descBody = struct({ table: u8, pad: padding(1), config: u32 });
export type TableDescription = WireType<typeof descBody>;
/** Properties behind the fixed part are not read. */
export const tableDescReply = listReply(
  "tableDescReply",
  14,
  sized<TableDescription>({
    encode: (desc, out) => out.put(descBody, desc),
    decode: (body) => body.get(descBody),
  }),
);

const NAME_SIZE = 32;
/** OFPMP_TABLE_FEATURES without its properties. */
export interface TableFeatures {
  readonly table: number;
  readonly command: number;
  readonly name: string;
  readonly metadataMatch: bigint;
  readonly metadataWrite: bigint;
  readonly capabilities: number;
  readonly maxEntries: number;
}
const featuresNumbers = struct({
  metadataMatch: u64,
  metadataWrite: u64,
  capabilities: u32,
  maxEntries: u32,
});

/** Asks for the features of all tables; the form that sets them is not written. */
export const tableFeaturesRequest = defineMessage<{ readonly kind: "tableFeaturesRequest" }>({
  kind: "tableFeaturesRequest",
  id: { request: 12 },
  encode: () => {},
  decode: (body: ByteReader) => {
    body.skip(body.left);
    return { kind: "tableFeaturesRequest" };
  },
});

export const tableFeaturesReply = listReply(
  "tableFeaturesReply",
  12,
  sized<TableFeatures>({
    encode(features, out) {
      out.u8(features.table);
      out.u8(features.command);
      out.zeros(4);
      const name = new TextEncoder().encode(features.name).subarray(0, NAME_SIZE - 1);
      out.bytes(name);
      out.zeros(NAME_SIZE - name.length);
      out.put(featuresNumbers, features);
    },
    decode(body) {
      const table = body.u8();
      const command = body.u8();
      body.skip(4);
      const name = new TextDecoder().decode(body.bytes(NAME_SIZE)).replace(/\0.*$/s, "");
      return { table, command, name, ...body.get(featuresNumbers) };
    },
  }),
);

/** OFPMP_DESC: who made the switch. */
export interface SwitchDescription {
  readonly kind: "descReply";
  readonly manufacturer: string;
  readonly hardware: string;
  readonly software: string;
  readonly serialNumber: string;
  readonly datapath: string;
}
export const descRequest = emptyMessage("descRequest", { request: 0 });
const descFields = [
  ["manufacturer", 256],
  ["hardware", 256],
  ["software", 256],
  ["serialNumber", 32],
  ["datapath", 256],
] as const;

export const descReply = defineMessage<SwitchDescription>({
  kind: "descReply",
  id: { reply: 0 },
  encode(message, out) {
    for (const [key, size] of descFields) {
      const text = new TextEncoder().encode(message[key]).subarray(0, size - 1);
      out.bytes(text);
      out.zeros(size - text.length);
    }
  },
  decode(body) {
    const texts = descFields.map(([key, size]) => [
      key,
      new TextDecoder().decode(body.bytes(size)).replace(/\0.*$/s, ""),
    ]);
    return { kind: "descReply", ...Object.fromEntries(texts) } as SwitchDescription;
  },
});
