import { type IpAddress, ipFromBytes, ipToBytes, parseIp } from "@antrea/net";
import type { ByteReader, ByteWriter } from "@antrea/wire";
import { keyValue, requireNumber, splitTopLevel, textError } from "../text.ts";
import { defineAction } from "./definition.ts";

/** NXAST_NAT, inside `ct`: translates the source or the destination; without either, as the connection says. */
export interface Nat {
  readonly kind: "nat";
  readonly direction?: "src" | "dst";
  /** The only address, or the first and the last of a range. */
  readonly addresses?: readonly [first: IpAddress, last: IpAddress];
  readonly ports?: readonly [first: number, last: number];
  /** How a port is chosen from the range. */
  readonly persistent: boolean;
  readonly selection?: "hash" | "random";
}

const flag = { src: 1, dst: 2, persistent: 4, hash: 8, random: 16 } as const;
const range = { ipv4Min: 1, ipv4Max: 2, ipv6Min: 4, ipv6Max: 8, portMin: 16, portMax: 32 } as const;

export const nat = defineAction<Nat>({
  kind: "nat",
  words: ["nat"],
  forms: [{ id: { nx: 36 }, encode: encodeNat, decode: decodeNat }],
  format: formatNat,
  parse: ({ argument }) => parseNat(argument),
});

function encodeNat(action: Nat, out: ByteWriter): void {
  const { direction, addresses, ports, persistent, selection } = action;
  out.zeros(2);
  out.u16(
    (direction ? flag[direction] : 0) |
      (persistent ? flag.persistent : 0) |
      (selection ? flag[selection] : 0),
  );
  const presentAt = out.size;
  out.u16(0);
  let present = 0;
  const [first, last] = addresses ?? [];
  if (first !== undefined) {
    present |= first.includes(":") ? range.ipv6Min : range.ipv4Min;
    out.bytes(ipToBytes(first));
  }
  if (last !== undefined && last !== first) {
    present |= last.includes(":") ? range.ipv6Max : range.ipv4Max;
    out.bytes(ipToBytes(last));
  }
  if (ports) {
    present |= range.portMin;
    out.u16(ports[0]);
    if (ports[1] !== ports[0]) {
      present |= range.portMax;
      out.u16(ports[1]);
    }
  }
  out.setU16(presentAt, present);
}

function decodeNat(body: ByteReader): Nat {
  body.skip(2);
  const flags = body.u16();
  const present = body.u16();
  const address = (bit: number, size: number) =>
    present & bit ? ipFromBytes(body.bytes(size)) : undefined;
  const v4 = [address(range.ipv4Min, 4), address(range.ipv4Max, 4)];
  const v6 = [address(range.ipv6Min, 16), address(range.ipv6Max, 16)];
  const first = v4[0] ?? v6[0];
  const last = v4[1] ?? v6[1] ?? first;
  const firstPort = present & range.portMin ? body.u16() : undefined;
  const lastPort = present & range.portMax ? body.u16() : firstPort;
  return {
    kind: "nat",
    ...(flags & (flag.src | flag.dst) ? { direction: flags & flag.src ? "src" : "dst" } : {}),
    ...(first && last ? { addresses: [first, last] } : {}),
    ...(firstPort !== undefined && lastPort !== undefined ? { ports: [firstPort, lastPort] } : {}),
    persistent: (flags & flag.persistent) !== 0,
    ...(flags & flag.hash ? { selection: "hash" } : {}),
    ...(flags & flag.random ? { selection: "random" } : {}),
  };
}

export function formatNat({ direction, addresses, ports, persistent, selection }: Nat): string {
  if (!direction) return "nat";
  const rest: string[] = [];
  if (persistent) rest.push("persistent");
  if (selection) rest.push(selection);
  if (!addresses) return `nat(${[direction, ...rest].join(",")})`;
  const [first, last] = addresses;
  const text = (a: IpAddress) => (ports && a.includes(":") ? `[${a}]` : a);
  const addressRange = first === last ? text(first) : `${text(first)}-${text(last)}`;
  const portRange = ports && (ports[0] === ports[1] ? `:${ports[0]}` : `:${ports[0]}-${ports[1]}`);
  return `nat(${[`${direction}=${addressRange}${portRange ?? ""}`, ...rest].join(",")})`;
}

export function parseNat(argument: string | undefined): Nat {
  let parsed: Nat = { kind: "nat", persistent: false };
  for (const part of splitTopLevel(argument ?? "")) {
    const { key, value } = keyValue(part);
    if (key === "src" || key === "dst")
      parsed = { ...parsed, direction: key, ...(value === undefined ? {} : parseRange(value)) };
    else if (key === "persistent") parsed = { ...parsed, persistent: true };
    else if (key === "hash" || key === "random") parsed = { ...parsed, selection: key };
    else textError(`Expected an option of nat, saw "${part}"`);
  }
  return parsed;
}

function parseRange(text: string): Pick<Nat, "addresses" | "ports"> {
  const parts =
    /^(?:\[([0-9a-f:.]+)\](?:-\[([0-9a-f:.]+)\])?|([0-9a-f:.]+?)(?:-([0-9a-f:.]+?))?)(?::(\d+)(?:-(\d+))?)?$/i.exec(
      text,
    );
  const plain = /^([0-9a-f:]+)(?:-([0-9a-f:]+))?$/i.exec(text);
  const isPlainIpv6 = plain && text.includes("::") && parseIp(plain[1] ?? "") !== undefined;
  const firstText = isPlainIpv6 ? plain[1] : (parts?.[1] ?? parts?.[3]);
  const lastText = isPlainIpv6 ? plain[2] : (parts?.[2] ?? parts?.[4]);
  const first = parseIp(firstText ?? "");
  const last = parseIp(lastText ?? firstText ?? "");
  if (!first || !last) textError(`Expected an address or a range of them, saw "${text}"`);
  const portText = isPlainIpv6 ? undefined : parts?.[5];
  if (portText === undefined) return { addresses: [first, last] };
  const port = requireNumber(portText, "a port", 0xffff);
  return {
    addresses: [first, last],
    ports: [port, requireNumber(parts?.[6] ?? portText, "a port", 0xffff)],
  };
}
