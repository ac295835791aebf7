/** Echo requests, as ping(8) sends them. */
export interface EchoTrain {
  readonly count?: number;
  readonly everyMs?: number;
  /** Bytes of data in each. */
  readonly sizeBytes?: number;
  /** An address of the sender's. */
  readonly source?: string;
  /** How long the whole may take, answers included. */
  readonly withinSeconds?: number;
}

/** What became of the first `sent` echoes. */
export interface PingSummary {
  readonly sent: number;
  readonly received: number;
  /** Mean; undefined if nothing came back. */
  readonly roundTripMs: number | undefined;
}

/** Nothing was sent. */
export const noPing: PingSummary = { sent: 0, received: 0, roundTripMs: undefined };

/**
 * The command of iputils. A deadline (`-w`) lets it wait for the last answer: by itself it leaves
 * after one interval once something was answered, and a machine under load takes longer than that.
 */
export function pingArgv(
  address: string,
  { count = 3, everyMs = 100, sizeBytes = 56, source, withinSeconds = 3 }: EchoTrain = {},
): readonly [string, ...string[]] {
  const numbers = { c: count, i: everyMs / 1000, s: sizeBytes, w: withinSeconds };
  return [
    "ping",
    "-n",
    ...Object.entries(numbers).flatMap(([option, value]) => [`-${option}`, String(value)]),
    ...(source === undefined ? [] : ["-I", source]),
    address,
  ];
}

/**
 * Reads what `pingArgv` printed. While answers are missing ping(8) sends more than `count`, to the
 * deadline: only the first `count` are counted.
 */
export function parsePing(text: string, count = 3): PingSummary {
  if (!/^PING /m.test(text)) return noPing;
  const roundTrips = [...echoes(text)].flatMap(([sequence, ms]) => (sequence > count ? [] : [ms]));
  const sum = roundTrips.reduce((total, ms) => total + ms, 0);
  const received = roundTrips.length;
  return { sent: count, received, roundTripMs: received > 0 ? sum / received : undefined };
}

/** The echoes that were not answered although a later one was, of output without `-q`. */
export function lostEchoes(text: string): readonly number[] {
  const answered = echoes(text);
  const last = Math.max(0, ...answered.keys());
  return Array.from({ length: last }, (_, at) => at + 1).filter((one) => !answered.has(one));
}

/** Round trips in milliseconds by sequence number; a second answer to one echo is none. */
export function echoes(text: string): ReadonlyMap<number, number> {
  const answer = /\bicmp_seq=(\d+) ttl=\d+ time[=<]([\d.]+) ms$/gm;
  return new Map([...text.matchAll(answer)].map(([, at, ms]) => [Number(at), Number(ms)]));
}
