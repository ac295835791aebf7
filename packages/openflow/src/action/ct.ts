import { fieldOf } from "../match/fields.ts";
import {
  encodeBitRange,
  formatSubfield,
  parseSubfield,
  type Subfield,
  unpackBitRange,
} from "../match/subfield.ts";
import { decodeFieldId, encodeFieldId } from "../match/wire.ts";
import { formatTable, type Names, parseTable } from "../names.ts";
import { keyValue, requireNumber, splitTopLevel, textError } from "../text.ts";
import type { Action } from "./actions.ts";
import { splitAction } from "./action-text.ts";
import { type ActionLists, defineAction } from "./definition.ts";
import { formatNat, type Nat, parseNat } from "./nat.ts";

/** NXAST_CT: sends the packet through the connection tracker. */
export interface Ct {
  readonly kind: "ct";
  /** Whether the connection is kept beyond this packet. */
  readonly commit: boolean;
  /** Whether an entry of the other direction gives way. */
  readonly force: boolean;
  /** A zone, or the field that holds its number. */
  readonly zone: number | Subfield;
  /** Where a copy of the packet goes on with its connection state; none if absent. */
  readonly table?: number;
  readonly nat?: Nat;
  /** Writes to ct_mark and ct_label, done with the commit. */
  readonly exec: readonly Action[];
  /** Helper for FTP (21) or TFTP (69); 0 for none. */
  readonly alg: number;
}

const COMMIT = 1;
const FORCE = 2;
const NO_TABLE = 255;
const algs: readonly (readonly [name: string, port: number])[] = [
  ["ftp", 21],
  ["tftp", 69],
];

export const ct = defineAction<Ct>({
  kind: "ct",
  words: ["ct"],
  forms: [
    {
      id: { nx: 35 },
      encode({ commit, force, zone, table, nat, exec, alg }, out, nested) {
        out.u16((commit ? COMMIT : 0) | (force ? FORCE : 0));
        if (typeof zone === "number") {
          out.u32(0);
          out.u16(zone);
        } else {
          encodeFieldId(fieldOf(zone.field), out);
          encodeBitRange(zone, out);
        }
        out.u8(table ?? NO_TABLE);
        out.zeros(3);
        out.u16(alg);
        nested.encode(nat ? [nat, ...exec] : exec, out);
      },
      decode(body, nested) {
        const flags = body.u16();
        const isImmediate = body.view.getUint32(body.at) === 0;
        const field = isImmediate ? undefined : decodeFieldId(body);
        if (!field) body.skip(4);
        const zone = body.u16();
        const table = body.u8();
        body.skip(3);
        const alg = body.u16();
        const inner = nested.decode(body);
        const first = inner[0];
        const nat = first?.kind === "nat" ? first : undefined;
        return {
          kind: "ct",
          commit: (flags & COMMIT) !== 0,
          force: (flags & FORCE) !== 0,
          zone: field ? unpackBitRange(field.name, zone, body) : zone,
          ...(table === NO_TABLE ? {} : { table }),
          ...(nat ? { nat } : {}),
          exec: nat ? inner.slice(1) : inner,
          alg,
        };
      },
    },
  ],
  format(action, names, nested) {
    const { commit, force, zone, table, nat, exec, alg } = action;
    const parts: string[] = [];
    if (commit) parts.push("commit");
    if (force) parts.push("force");
    if (table !== undefined) parts.push(`table=${formatTable(table, names)}`);
    if (typeof zone !== "number") parts.push(`zone=${formatSubfield(zone)}`);
    else if (zone !== 0) parts.push(`zone=${zone}`);
    if (nat) parts.push(formatNat(nat));
    if (exec.length > 0) parts.push(`exec(${nested.format(exec, names)})`);
    if (alg !== 0) parts.push(`alg=${algs.find(([, port]) => port === alg)?.[0] ?? alg}`);
    return `ct(${parts.join(",")})`;
  },
  parse: ({ argument }, names, nested) => ({
    kind: "ct",
    commit: false,
    force: false,
    zone: 0,
    exec: [],
    alg: 0,
    ...(Object.assign(
      {},
      ...splitTopLevel(argument ?? "").map((part) => parseOption(part, names, nested)),
    ) as Partial<Ct>),
  }),
});

function parseOption(text: string, names: Names, nested: ActionLists): Partial<Ct> {
  const { key, value } = keyValue(text);
  switch (key) {
    case "commit":
      return { commit: true };
    case "force":
      return { force: true };
    case "table":
      return {
        table: parseTable(value ?? "", names) ?? textError(`Expected a table, saw "${value}"`),
      };
    case "zone":
      return {
        zone: /^\d+$|^0x/.test(value ?? "")
          ? requireNumber(value, "a zone", 0xffff)
          : parseSubfield(value ?? ""),
      };
    case "alg":
      return {
        alg: algs.find(([name]) => name === value)?.[1] ?? requireNumber(value, "alg", 0xffff),
      };
    default:
      break;
  }
  const { word, argument } = splitAction(text);
  if (word === "nat") return { nat: parseNat(argument) };
  if (word === "exec") return { exec: nested.parse(argument ?? "", names) };
  return textError(`Expected an option of ct, saw "${text}"`);
}
