import type { Trial } from "./loss-free-rate.ts";

/** What the measuring tools said: sockperf(3), ab(1), hyperfine(1), iperf3(1). */

/** What `iperf3 --udp --json` sent, and the share that its server did not count, the last packets included. */
export function parseIperfDatagrams(json: string): Trial {
  interface Report {
    readonly error?: string;
    readonly end?: {
      readonly sum_sent?: {
        readonly packets: number;
        readonly seconds: number;
        readonly bytes: number;
      };
      readonly sum_received?: { readonly bytes: number };
    };
  }
  const { error, end } = JSON.parse(json) as Report;
  const { sum_sent: sent, sum_received: received } = end ?? {};
  if (!sent || !received || !(sent.bytes > 0 && sent.seconds > 0))
    throw new Error(`iperf3 sent nothing: ${error ?? json.slice(0, 200)}`);
  return {
    sentRate: sent.packets / sent.seconds,
    loss: Math.max(0, 1 - received.bytes / sent.bytes),
  };
}

/** Requests a second that `sockperf ping-pong` counted between warming up and ending. */
export function parseSockperf(text: string): number {
  const found = /\[Valid Duration\] RunTime=([\d.]+) sec;.*ReceivedMessages=(\d+)/.exec(text);
  // It ends with 0 also where it could not connect.
  return rate("sockperf", text, found?.[2], found?.[1]);
}

/** Requests a second that `ab` completed without failure, each on a connection of its own. */
export function parseAb(text: string): number {
  const number = (title: string) => new RegExp(`^${title}: +([\\d.]+)`, "m").exec(text)?.[1];
  const failed = Number(number("Failed requests") ?? 0) + Number(number("Non-2xx responses") ?? 0);
  if (failed > 0) throw new Error(`ab counted ${failed} failed requests`);
  return rate("ab", text, number("Complete requests"), number("Time taken for tests"));
}

/** Milliseconds from start to exit of the program that hyperfine ran once: its `--export-json`. */
export function parseHyperfine(json: string): number {
  interface Report {
    readonly results?: readonly { readonly times?: readonly number[] }[];
  }
  const seconds = (JSON.parse(json) as Report).results?.[0]?.times?.[0];
  if (seconds === undefined) throw new Error(`hyperfine wrote: ${json.slice(0, 200)}`);
  return seconds * 1000;
}

function rate(tool: string, text: string, count = "0", seconds = "0"): number {
  const perSecond = Number(count) / Number(seconds);
  if (perSecond > 0 && Number.isFinite(perSecond)) return perSecond;
  const complaint = /^.*error.*$/im.exec(text)?.[0] ?? text.trim().slice(-200);
  throw new Error(`${tool} measured nothing: ${complaint}`);
}
