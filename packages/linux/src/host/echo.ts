import { familyOf, type IpAddress, parseIp } from "@antrea/net";

export interface EchoRequest {
  readonly destination: IpAddress;
  /** The whole IP packet with its headers, as an MTU counts it; at least 44 for IPv4, 64 for IPv6. */
  readonly packetBytes?: number;
  readonly mayFragment?: boolean;
  readonly timeoutMs?: number;
  /** A source address, or a device. */
  readonly source?: IpAddress | string;
}

export type EchoResult =
  | { readonly kind: "reply"; readonly roundTripMs: number }
  /** Larger than some link on the way carries; `mtu` is that link's if it was said. */
  | { readonly kind: "tooBig"; readonly mtu?: number }
  /** Someone, `by`, said that there is no way; without `by` our own kernel did. */
  | { readonly kind: "unreachable"; readonly reason: string; readonly by?: IpAddress }
  | { readonly kind: "noAnswer" };

const headerBytes = { ipv4: 28, ipv6: 48 } as const; // IP without options, and ICMP
const smallestPayload = 16; // ping puts the time of sending there

/** The arguments of ping(8), which sends one request. */
export function pingArguments(request: EchoRequest): readonly string[] {
  const { destination, packetBytes = 84, mayFragment = false, timeoutMs = 1000, source } = request;
  const family = familyOf(destination);
  const payload = Math.max(packetBytes - headerBytes[family], smallestPayload);
  return [
    family === "ipv4" ? "-4" : "-6",
    "-n",
    "-c",
    "1",
    "-W",
    String(timeoutMs / 1000),
    "-s",
    String(payload),
    "-M",
    mayFragment ? "dont" : "do",
    ...(source === undefined ? [] : ["-I", source]),
    "--",
    destination,
  ];
}

/** What ping said (iputils, C locale); undefined if it said nothing that we know. */
export function parsePing(output: string): EchoResult | undefined {
  const reply = /\btime[=<](\d+(?:\.\d+)?) ms$/m.exec(output);
  if (reply) return { kind: "reply", roundTripMs: Number(reply[1]) };
  const tooBig = /(?:Frag needed|Packet too big|[Mm]essage too long)/.exec(output);
  if (tooBig) {
    const mtu = /mtu ?[=:] ?(\d+)/.exec(output.slice(tooBig.index));
    return { kind: "tooBig", ...(mtu && { mtu: Number(mtu[1]) }) };
  }
  const refusal = /^From (\S+?):? icmp_seq=1 (.+)$/m.exec(output);
  if (refusal) {
    const by = parseIp(refusal[1] ?? "");
    return { kind: "unreachable", reason: refusal[2] ?? "", ...(by && { by }) };
  }
  const own = /^ping: (?:connect|sendmsg|sendto): (.+)$/m.exec(output);
  if (own) return { kind: "unreachable", reason: own[1] ?? "" };
  return /\b100% packet loss\b/.test(output) ? { kind: "noAnswer" } : undefined;
}
