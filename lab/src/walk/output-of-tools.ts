/** What the summary of ping(8) says. */
export interface PingSummary {
  readonly sent: number;
  readonly received: number;
  /** Mean; undefined if nothing came back. */
  readonly roundTripMs: number | undefined;
}

export function parsePing(text: string): PingSummary {
  const counts = /(\d+) packets transmitted, (\d+) received/.exec(text);
  const mean = /= [\d.]+\/([\d.]+)\//.exec(text)?.[1];
  return {
    sent: Number(counts?.[1] ?? 0),
    received: Number(counts?.[2] ?? 0),
    roundTripMs: mean === undefined ? undefined : Number(mean),
  };
}

/** Bits a second that the receiver counted, from `iperf3 --json`; undefined if the run failed. */
export function parseIperf(text: string): number | undefined {
  interface Report {
    readonly end?: { readonly sum_received?: { readonly bits_per_second?: number } };
  }
  try {
    return (JSON.parse(text) as Report).end?.sum_received?.bits_per_second;
  } catch {
    return undefined;
  }
}
