/** What the measuring tools said: sockperf(3), ab(1), hyperfine(1), iperf3(1). */

/**
 * What `iperf3 --udp --json` sent. What its server counted is left alone: it stops reading as soon as
 * its TCP connection says that the test is over, with a millisecond of datagrams still in its socket,
 * so that at each rate the same share seems lost.
 */
export function parseIperfDatagrams(json: string): SentDatagrams {
  interface Report {
    readonly error?: string;
    readonly end?: {
      readonly sum_sent?: {
        readonly packets: number;
        readonly seconds: number;
      };
    };
  }
  const { error, end } = JSON.parse(json) as Report;
  const sent = end?.sum_sent;
  if (!sent || !(sent.packets > 0 && sent.seconds > 0))
    throw new Error(`iperf3 sent nothing: ${error ?? json.slice(0, 200)}`);
  return { sent: sent.packets, sentRate: sent.packets / sent.seconds };
}

export interface SentDatagrams {
  readonly sent: number;
  /** A second. */
  readonly sentRate: number;
}

/**
 * Datagrams that a network namespace's IPv4 has handed to UDP, whether a program read them or not: of
 * its `/proc/net/snmp`, what went up less what is TCP's and ICMP's (proc_pid_net(5); RFC 4293 has
 * ipInDelivers). Meant for differences.
 */
export function parseDelivered(snmp: string): number {
  const count = (protocol: string, name: string): number => {
    const [names, values] = snmp
      .split("\n")
      .filter((line) => line.startsWith(`${protocol}: `))
      .map((line) => line.split(" "));
    const value = values?.[names?.indexOf(name) ?? -1];
    if (value === undefined) throw new Error(`/proc/net/snmp has no ${protocol}: ${name}`);
    return Number(value);
  };
  return count("Ip", "InDelivers") - count("Tcp", "InSegs") - count("Icmp", "InMsgs");
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
