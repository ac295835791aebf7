import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What one end counts, by the other's address. */
export interface TrafficReport {
  /** Sent, or received whole and for the first time. */
  readonly datagrams: Readonly<Record<string, number>>;
  /** Bytes of streams. */
  readonly streamed: Readonly<Record<string, number>>;
}

/** Datagrams and streams from one network namespace to another, all the time. */
export interface SteadyTraffic extends AsyncDisposable {
  /** Resolves once so many more datagrams and bytes of each stream have come. */
  untilMore(): Promise<void>;
  /** Resolves once so many more datagrams were sent. */
  untilSent(): Promise<void>;
  /** Ends the sender, waits for what is under way, and says what was sent and what has come. */
  stop(): Promise<{ readonly sent: TrafficReport; readonly received: TrafficReport }>;
}

export interface TrafficWish {
  /** Files of network namespaces. */
  readonly from: string;
  readonly to: string;
  readonly addresses: readonly string[];
  /** Of each datagram with its IP header. */
  readonly bytes: number;
  /** Datagrams a second to each address. */
  readonly rate: number;
}

const main = fileURLToPath(new URL("./steady-traffic-main.ts", import.meta.url));
const port = "7000";
const moreBytes = 50_000;
/** Of a second and a half: a busy machine takes its time. */
const quietReports = 30;

export async function steadyTraffic({
  from,
  to,
  addresses,
  bytes,
  rate,
}: TrafficWish): Promise<SteadyTraffic> {
  const receiver = start(to, ["receive", port]);
  await receiver.next();
  const sender = start(from, ["send", port, String(bytes), String(rate), ...addresses]);
  const moreDatagrams = (addresses.length * rate) / 5;

  const hasCome = (start: TrafficReport, now: TrafficReport): boolean =>
    total(now.datagrams) >= total(start.datagrams) + moreDatagrams &&
    Object.keys(now.streamed).length === addresses.length &&
    Object.entries(now.streamed).every(
      ([address, count]) => count >= (start.streamed[address] ?? 0) + moreBytes,
    );

  return {
    async untilMore() {
      const first = await receiver.next();
      for (let now = first; !hasCome(first, now); now = await receiver.next());
    },
    async untilSent() {
      const enough = total((await sender.next()).datagrams) + moreDatagrams;
      while (total((await sender.next()).datagrams) < enough);
    },
    async stop() {
      sender.program.stdin?.end();
      const sent = await sender.last();
      let received = await receiver.next();
      // what has not come when nothing more comes is lost
      for (
        let quiet = 0;
        quiet < quietReports && total(received.datagrams) < total(sent.datagrams);
      ) {
        const before = total(received.datagrams);
        received = await receiver.next();
        quiet = total(received.datagrams) > before ? 0 : quiet + 1;
      }
      return { sent, received };
    },
    async [Symbol.asyncDispose]() {
      for (const { program, last } of [sender, receiver]) {
        program.stdin?.end();
        await last();
      }
    },
  };
}

export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

interface End {
  readonly program: ChildProcess;
  /** The next report. */
  next(): Promise<TrafficReport>;
  /** The last one, once the program has ended. */
  last(): Promise<TrafficReport>;
}

function start(namespace: string, args: readonly string[]): End {
  const command = [`--net=${namespace}`, process.execPath, main, ...args];
  const program = spawn("nsenter", command, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: program.stdout });
  const ended = once(lines, "close");
  let latest: TrafficReport = { datagrams: {}, streamed: {} };
  lines.on("line", (line) => (latest = JSON.parse(line)));
  return {
    program,
    async next() {
      await Promise.race([once(lines, "line"), ended.then(() => Promise.reject(over(args)))]);
      return latest;
    },
    async last() {
      await ended;
      return latest;
    },
  };
}

function over(args: readonly string[]): Error {
  return new Error(`${args.join(" ")} ended too early`);
}
