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
