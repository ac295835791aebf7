import { type IpAddress, parseIp } from "@antrea/net";
import type { ConnectionTuple } from "@antrea/pipeline";
import { connection as remembered } from "@antrea/pipeline";

/** Where the first packet of a connection entered the bridge. */
export type ConnectionSource = keyof typeof remembered.source.values;

/** A connection that the switch lets pass without asking rules. */
export interface LiveConnection extends ConnectionTuple {
  /** Of echo and its like. */
  readonly icmp?: { readonly id: number; readonly type: number; readonly code: number };
  /** Undefined where the switch does not remember it. */
  readonly enteredBy?: ConnectionSource | undefined;
}

/** IP's numbers of the protocols that `dpctl/dump-conntrack` has names for; others it writes as numbers. */
const protocols: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  icmpv6: 58,
  sctp: 132,
  udplite: 136,
};

/** What is over but for a late segment. */
const overStates: ReadonlySet<string> = new Set(["CLOSED", "TIME_WAIT"]);

const entry = /^(\w+),orig=\(([^)]*)\),reply=\([^)]*\)(.*)$/;
const stateIn = /protoinfo=\(state=(\w+)/;
const markIn = /,mark=(\d+)/;

/** One line of `dpctl/dump-conntrack`; undefined where it tells of no connection, or of one that is over. */
export function readConnection(line: string): LiveConnection | undefined {
  const [, name = "", original = "", rest = ""] = entry.exec(line) ?? [];
  const protocol = protocols[name] ?? Number(name);
  const ends = new Map(original.split(",").map(pairOf));
  const source = parseIp(ends.get("src") ?? "");
  const destination = parseIp(ends.get("dst") ?? "");
  const isOver = overStates.has(stateIn.exec(rest)?.[1] ?? "");
  if (!source || !destination || !(protocol > 0) || isOver) return undefined;
  const number = (key: string) => Number(ends.get(key) ?? 0);
  return {
    ...{ protocol, source, destination },
    ...{ sourcePort: number("sport"), destinationPort: number("dport") },
    ...(ends.has("type") && {
      icmp: { id: number("id"), type: number("type"), code: number("code") },
    }),
    enteredBy: sourceOf(Number(markIn.exec(rest)?.[1] ?? 0)),
  };
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}

const sources = new Map(
  Object.entries(remembered.source.values).map(([name, value]) => [
    value,
    name as ConnectionSource,
  ]),
);

function sourceOf(mark: number): ConnectionSource | undefined {
  return sources.get(mark & 0xf);
}

/** The connection for people, as in "10.244.1.2:40000 -> 10.244.2.3:80 TCP". */
export function connectionText({ protocol, icmp, ...ends }: LiveConnection): string {
  const name = Object.keys(protocols).find((one) => protocols[one] === protocol);
  const { source, destination, sourcePort, destinationPort } = ends;
  const at = (address: IpAddress, port: number) =>
    port === 0 ? address : address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  const kind = name?.toUpperCase() ?? `protocol ${protocol}`;
  return `${at(source, sourcePort)} -> ${at(destination, destinationPort)} ${kind}${icmp ? ` id ${icmp.id}` : ""}`;
}
