import { diffKeyed, type KeyedChange } from "@antrea/base";
import { keyValue, requireNumber, textError } from "../text.ts";
import { sameValue } from "./flow.ts";

/** What a meter does to packets above `rate`. */
export type MeterBand =
  | { readonly type: "drop"; readonly rate: number; readonly burstSize: number }
  | {
      readonly type: "dscp_remark";
      readonly rate: number;
      readonly burstSize: number;
      /** By how much the drop precedence rises. */
      readonly precedence: number;
    };

/** A rate limiter that flows and packet-ins may go through. */
export interface Meter {
  readonly id: number;
  /** Of rates and bursts: kilobits or packets. */
  readonly unit: "kbps" | "pktps";
  /** Whether bursts are limited by `burstSize`. */
  readonly burst: boolean;
  readonly stats: boolean;
  readonly bands: readonly MeterBand[];
}

/** A meter that drops above `rate`, as policies and Egress QoS use it. */
export function dropMeter(
  id: number,
  { unit, rate, burstSize }: { unit: Meter["unit"]; rate: number; burstSize?: number },
): Meter {
  return {
    id,
    unit,
    burst: burstSize !== undefined,
    stats: false,
    bands: [{ type: "drop", rate, burstSize: burstSize ?? 0 }],
  };
}

export function sameMeter(a: Meter, b: Meter): boolean {
  return sameValue(a, b);
}

export type MeterChange = KeyedChange<number, Meter>;

export function diffMeters(observed: Iterable<Meter>, desired: Iterable<Meter>): MeterChange {
  return diffKeyed(byId(observed), byId(desired), sameMeter);
}

function byId(meters: Iterable<Meter>): ReadonlyMap<number, Meter> {
  return new Map(Array.from(meters, (one) => [one.id, one]));
}

/** As `ovs-ofctl dump-meters` prints it, but in one line. */
export function formatMeter({ id, unit, burst, stats, bands }: Meter): string {
  const words = [`meter=${id}`, unit];
  if (burst) words.push("burst");
  if (stats) words.push("stats");
  const texts = bands.map((band) => {
    const parts = [`type=${band.type}`, `rate=${band.rate}`];
    if (burst) parts.push(`burst_size=${band.burstSize}`);
    if (band.type === "dscp_remark") parts.push(`prec_level=${band.precedence}`);
    return parts.join(" ");
  });
  return [...words, "bands=", ...texts].join(" ");
}

/** Reads what `formatMeter` or `ovs-ofctl dump-meters` writes (one meter); throws a `FlowTextError`. */
export function parseMeter(text: string): Meter {
  const [head = "", bandText = ""] = text.split(/\bbands=/);
  const words = head.split(/[\s,]+/).filter((word) => word !== "");
  const idText = words.map(keyValue).find(({ key }) => key === "meter")?.value;
  const unit = words.includes("pktps") ? "pktps" : words.includes("kbps") ? "kbps" : undefined;
  if (!unit) textError(`Expected kbps or pktps in "${text}"`);
  return {
    id: requireNumber(idText, "a meter", 0xffff0000),
    unit,
    burst: words.includes("burst"),
    stats: words.includes("stats"),
    bands: bandText
      .split(/\btype=/)
      .slice(1)
      .map((one) => parseBand(one)),
  };
}

function parseBand(text: string): MeterBand {
  const [type = "", ...rest] = text.split(/[\s,]+/).filter((word) => word !== "");
  const number = (key: string, max = 0xffffffff) =>
    requireNumber(rest.map(keyValue).find((item) => item.key === key)?.value ?? "0", key, max);
  const common = { rate: number("rate"), burstSize: number("burst_size") };
  if (type === "drop") return { type, ...common };
  if (type === "dscp_remark") return { type, ...common, precedence: number("prec_level", 255) };
  return textError(`Expected a band of type drop or dscp_remark, saw "${type}"`);
}
