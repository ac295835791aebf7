import { echoes, type Lab, lostEchoes, patience } from "@antrea/lab";
import { inPod } from "./cluster.ts";

/** Echoes that a Pod sends all the time. */
export interface SteadyPing {
  /**
   * Ends it, once one more was answered. `lost` are the echoes that were not answered, though a later one
   * was; and where none is answered any more, all since the last answer. Answers that came while ping(8) had
   * no room for them (64 KiB, some 300 at once) are none of those.
   */
  stop(): Promise<{
    readonly answered: number;
    readonly lost: readonly number[];
    /** Between two answers, by the Pod's clock. */
    readonly longestGapMs: number;
    /** For people: how many were answered, and when those that were not. */
    readonly account: string;
  }>;
}

let started = 0;

/** How far apart echoes are that are asked for so often: as many times farther as the machine is slower. */
export function echoIntervalMs(everyMs: number): number {
  return everyMs * patience();
}

/**
 * Starts the echoes; resolves once the first was answered. Each has a place of its own in the Pod. No
 * stream to the Pod stays open meanwhile, so that what happens to the Node's own connections is another matter.
 */
export async function steadyPing(
  lab: Lab,
  pod: string,
  address: string,
  { everyMs = 10 }: { readonly everyMs?: number } = {},
): Promise<SteadyPing> {
  const intervalMs = echoIntervalMs(everyMs);
  const place = `/tmp/ping-${address}-${++started}`;
  await inPod(lab, pod, ["sh", "-c", starting(place, address, intervalMs)]);
  return {
    async stop() {
      const text = await inPod(lab, pod, ["sh", "-c", stopping(place)]);
      const answered = echoes(text).size;
      const missing = [...lostEchoes(text), ...(text.includes(silence) ? unanswered(text) : [])];
      const unread = unreadAnswers(text);
      const gapMs = longestGapMs(text);
      const holes = holesOf(missing);
      const account = [
        `${answered} answered, ${gapMs} ms between two at most`,
        ...holes.slice(0, holesTold).map((hole) => `without answer ${holeText(hole, text)}`),
        ...(holes.length > holesTold ? [`… in ${holes.length} places`] : []),
        ...(unread > 0 ? [`${unread} answers came that ping(8) had no room for`] : []),
      ].join("; ");
      const lost = missing.length > unread ? missing : [];
      return { answered, lost, longestGapMs: gapMs, account };
    },
  };
}

/** Of how many holes an account has the times. */
const holesTold = 5;

/** Numbers that follow each other. */
interface Hole {
  readonly first: number;
  readonly last: number;
}

/** Of ascending numbers: how many follow each other without a gap, at most. */
export function longestRun(numbers: readonly number[]): number {
  return Math.max(0, ...holesOf(numbers).map(({ first, last }) => last - first + 1));
}

function holesOf(ascending: readonly number[]): readonly Hole[] {
  const holes: Hole[] = [];
  for (const number of ascending) {
    const hole = holes.at(-1);
    if (hole && number === hole.last + 1) holes[holes.length - 1] = { ...hole, last: number };
    else holes.push({ first: number, last: number });
  }
  return holes;
}

/** With the answers around it, by the clock that all Nodes and logs have in common. */
function holeText({ first, last }: Hole, text: string): string {
  const timeOf = (number: number): string => {
    const [, at] = new RegExp(`^\\[([\\d.]+)\\] .*\\bicmp_seq=${number} `, "m").exec(text) ?? [];
    return at ? new Date(Number(at) * 1000).toISOString().slice(11, 23) : "never";
  };
  const between = `${timeOf(first - 1)} and ${timeOf(last + 1)}`;
  return `${last - first + 1} from ${first} on, between answers at ${between}`;
}

/** For how long it goes on where nobody stops it, in milliseconds. */
const atMostMs = 900_000;

/** It ends by a count: with a deadline (`-w`) ping(8) also ends at the first ICMP error, and counts nothing after it. */
function starting(place: string, address: string, intervalMs: number): string {
  const count = Math.ceil(atMostMs / intervalMs);
  return `
    rm -rf ${place}; mkdir -p ${place}
    ping -c 1 -W 5 ${address} >/dev/null || exit 1
    ping -D -i ${intervalMs / 1000} -W 2 -c ${count} ${address} >${place}/out 2>&1 </dev/null &
    echo $! >${place}/pid
    until grep -q icmp_seq ${place}/out; do sleep 0.05; done`;
}

/** Said where no answer comes any more. */
const silence = "no answer any more";

/** What the kernel could not give it, since its socket was full: the last column of `/proc/net/icmp` and the like. */
function unreadAnswers(text: string): number {
  const sockets = new Set([...text.matchAll(/socket:\[(\d+)\]/g)].map(([, inode]) => inode));
  // sl, addresses, state, queues, timer, retransmits, uid, timeout, inode, references, pointer, drops
  const rows = text.matchAll(/^ *\d+: (?:\S+ +){8}(\d+) \d+ [0-9a-f]+ (\d+) *$/gm);
  const drops = [...rows]
    .filter(([, inode]) => sockets.has(inode))
    .map(([, , count]) => Number(count));
  return drops.reduce((sum, count) => sum + count, 0);
}

/** Of those that were sent since the last answer. */
function unanswered(text: string): readonly number[] {
  const last = Math.max(0, ...echoes(text).keys());
  const sent = Number(/(\d+) packets transmitted/.exec(text)?.[1] ?? last);
  return Array.from({ length: sent - last }, (_, at) => last + 1 + at);
}

/** What ping counts comes last. */
function stopping(place: string): string {
  const looks = 50 * patience();
  return `
    answers() { grep -c time= ${place}/out; }
    before=$(answers); left=${looks}
    until [ $(answers) -gt $before ] || [ $left -eq 0 ]; do sleep 0.1; left=$((left - 1)); done
    [ $left -gt 0 ] || echo ${silence}
    for fd in /proc/$(cat ${place}/pid)/fd/*; do readlink $fd; done
    cat /proc/net/icmp /proc/net/icmp6 /proc/net/raw /proc/net/raw6
    kill -INT $(cat ${place}/pid)
    until grep -q "packets transmitted" ${place}/out; do sleep 0.05; done
    cat ${place}/out`;
}

function longestGapMs(text: string): number {
  const times = [...text.matchAll(/^\[([\d.]+)\] .*\bicmp_seq=/gm)].map(([, at]) => Number(at));
  const gaps = times.slice(1).map((at, i) => at - (times[i] ?? at));
  return Math.round(Math.max(0, ...gaps) * 1000);
}
