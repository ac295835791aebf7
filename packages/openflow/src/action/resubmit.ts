import { type OfPort, ofPort, ofPorts } from "@antrea/net";
import type { ByteReader, ByteWriter } from "@antrea/wire";
import { formatPort, formatTable, parsePort, parseTable, widePort } from "../names.ts";
import { textError } from "../text.ts";
import { requireArgument } from "./action-text.ts";
import { type ActionForm, defineAction } from "./definition.ts";

/** NXAST_RESUBMIT_TABLE: looks the packet up again, then goes on with the next action. */
export interface Resubmit {
  readonly kind: "resubmit";
  /** The in_port that the lookup sees; the packet's own if absent. */
  readonly port?: OfPort;
  /** The table of the lookup; the current one if absent. */
  readonly table?: number;
  /** Whether the lookup sees the addresses that the connection began with. */
  readonly withCtTuple: boolean;
}

const CURRENT_TABLE = 255;

export const resubmit = defineAction<Resubmit>({
  kind: "resubmit",
  words: ["resubmit"],
  forms: [
    tableForm(14, false),
    tableForm(44, true),
    {
      id: { nx: 1 }, // NXAST_RESUBMIT, which has no table; only decoded
      encode: encodeBody,
      decode: (body) => resubmitOf(widePort(body.u16()), CURRENT_TABLE, false),
    },
  ],
  format({ port, table, withCtTuple }, names) {
    const portText = port === undefined ? "" : formatPort(port, names);
    if (table === undefined && port !== undefined) return `resubmit:${portText}`;
    const tableText = table === undefined ? "" : formatTable(table, names);
    return `resubmit(${portText},${tableText}${withCtTuple ? ",ct" : ""})`;
  },
  parse(text, names) {
    const [portText = "", tableText = "", ctText] = requireArgument(text).split(",");
    const port = portText.trim() === "" ? undefined : parsePort(portText.trim(), names);
    const table = tableText.trim() === "" ? undefined : parseTable(tableText.trim(), names);
    if (portText.trim() !== "" && port === undefined)
      textError(`Expected a port in "${text.text}", saw "${portText}"`);
    if (tableText.trim() !== "" && table === undefined)
      textError(`Expected a table in "${text.text}", saw "${tableText}"`);
    return resubmitOf(port ?? ofPorts.inPort, table ?? CURRENT_TABLE, ctText?.trim() === "ct");
  },
});

function tableForm(subtype: number, withCtTuple: boolean): ActionForm<Resubmit> {
  return {
    id: { nx: subtype },
    fits: (action) => action.withCtTuple === withCtTuple,
    encode: encodeBody,
    decode: (body) => decodeBody(body, withCtTuple),
  };
}

function encodeBody({ port, table }: Resubmit, out: ByteWriter): void {
  out.u16((port ?? ofPorts.inPort) & 0xffff);
  out.u8(table ?? CURRENT_TABLE);
  out.zeros(3);
}

function decodeBody(body: ByteReader, withCtTuple: boolean): Resubmit {
  return resubmitOf(widePort(body.u16()), body.u8(), withCtTuple);
}

function resubmitOf(port: number, table: number, withCtTuple: boolean): Resubmit {
  return {
    kind: "resubmit",
    ...(port === ofPorts.inPort ? {} : { port: ofPort(port) }),
    ...(table === CURRENT_TABLE ? {} : { table }),
    withCtTuple,
  };
}
