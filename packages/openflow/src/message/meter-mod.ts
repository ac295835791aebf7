import type { ByteReader, ByteWriter } from "@antrea/wire";
import type { Meter, MeterBand } from "../flow/meter.ts";
import { defineMessage } from "./definition.ts";

const commands = ["add", "modify", "delete"] as const;
export type MeterModCommand = (typeof commands)[number];

/** OFPT_METER_MOD (OpenFlow 1.5.1 section 7.3.4.5). */
export interface MeterMod {
  readonly kind: "meterMod";
  readonly command: MeterModCommand;
  readonly meter: Meter;
}

export const allMeters = 0xffffffff;

/** OFPMF_*. */
const flag = { kbps: 1, pktps: 2, burst: 4, stats: 8 } as const;
const bandTypes = { drop: 1, dscp_remark: 2 } as const;
const BAND_SIZE = 16;

export const meterMod = defineMessage<MeterMod>({
  kind: "meterMod",
  id: { of: 29 },
  encode({ command, meter }, out) {
    out.u16(commands.indexOf(command));
    encodeMeter(meter, out);
  },
  decode(body) {
    const value = body.u16();
    const command = commands[value];
    if (!command) return body.fail({ code: "bad-value", field: "command", value }, 2);
    return { kind: "meterMod", command, meter: decodeMeter(body) };
  },
});

/** Flags, number and bands: what follows the command or the length. */
export function encodeMeter({ id, unit, burst, stats, bands }: Meter, out: ByteWriter): void {
  out.u16(flag[unit] | (burst ? flag.burst : 0) | (stats ? flag.stats : 0));
  out.u32(id);
  for (const band of bands) {
    out.u16(bandTypes[band.type]);
    out.u16(BAND_SIZE);
    out.u32(band.rate);
    out.u32(band.burstSize);
    out.u8(band.type === "dscp_remark" ? band.precedence : 0);
    out.zeros(3);
  }
}

export function decodeMeter(body: ByteReader): Meter {
  const flags = body.u16();
  const id = body.u32();
  const bands: MeterBand[] = [];
  while (body.left > 0) bands.push(decodeBand(body));
  return {
    id,
    unit: flags & flag.pktps ? "pktps" : "kbps",
    burst: (flags & flag.burst) !== 0,
    stats: (flags & flag.stats) !== 0,
    bands,
  };
}

function decodeBand(body: ByteReader): MeterBand {
  const type = body.u16();
  const length = body.u16();
  if (length !== BAND_SIZE) body.fail({ code: "bad-length", declared: length }, 2);
  const common = { rate: body.u32(), burstSize: body.u32() };
  const precedence = body.u8();
  body.skip(3);
  if (type === bandTypes.drop) return { type: "drop", ...common };
  if (type === bandTypes.dscp_remark) return { type: "dscp_remark", ...common, precedence };
  return body.fail({ code: "unknown-type", type }, BAND_SIZE);
}
