import type { DirectVerdict } from "@antrea/pipeline";
import { calmOf, isProven, type Lane, lossOf } from "./lane.ts";

/** What probes found of a peer's direct path, its IP families together: the worst of them. */
export interface Measured {
  /** Round trip in milliseconds; undefined before the first answer. */
  readonly latencyMs?: number | undefined;
  /** From 0 to 1, of the last probes of full size; undefined before the first. */
  readonly loss?: number | undefined;
  /** The largest packet that passes, in bytes; undefined where none does. */
  readonly mtu?: number | undefined;
}

/** A peer is reached directly when every IP family of its Pods is: the path is one for both. */
export function verdictOf(lanes: readonly Lane[]): DirectVerdict {
  const weakest = lanes.find((lane) => !isProven(lane)) ?? lanes[0];
  if (!weakest) return { isProven: false, reason: "the direct path is not measured yet" };
  if (isProven(weakest))
    return { isProven: true, reason: `proven by packets of ${weakest.full} bytes, both ways` };
  return { isProven: false, reason: `${problemOf(weakest)}${patienceOf(weakest)}` };
}

function problemOf({ cause, mtu, full, stage }: Lane): string {
  if (cause === "unmeasured") return "the direct path is not measured yet";
  if (cause === "silence") return "no answer over the direct path";
  if (stage.kind === "sizing") return `packets of ${full} bytes do not pass the direct path`;
  return `the direct path carries ${mtu ?? "fewer than 1280"} bytes, and Pods send ${full}`;
}

function patienceOf(lane: Lane): string {
  return lane.falls === 0 ? "" : `; it will be taken again after ${calmOf(lane) / 1000} s of calm`;
}

export function measuredOf(lanes: readonly Lane[]): Measured {
  const worst = (
    values: readonly (number | undefined)[],
    choose: (...all: readonly number[]) => number,
  ): number | undefined => {
    const known = values.filter((value) => value !== undefined);
    return known.length > 0 ? choose(...known) : undefined;
  };
  const mtus = lanes.map(({ mtu }) => mtu);
  return {
    latencyMs: worst(
      lanes.map(({ roundTripMs }) => roundTripMs),
      Math.max,
    ),
    loss: worst(lanes.map(lossOf), Math.max),
    mtu: mtus.includes(undefined) ? undefined : worst(mtus, Math.min),
  };
}
