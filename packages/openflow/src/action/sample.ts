import { type OfPort, ofPort } from "@antrea/net";
import type { ByteReader, ByteWriter } from "@antrea/wire";
import { formatPort, parsePort, widePort } from "../names.ts";
import { keyValue, requireNumber, splitTopLevel, textError } from "../text.ts";
import { requireArgument } from "./action-text.ts";
import { defineAction } from "./definition.ts";

/** NXAST_SAMPLE and its two successors: samples packets for IPFIX. */
export interface Sample {
  readonly kind: "sample";
  /** Of 65535. */
  readonly probability: number;
  readonly collectorSet: number;
  readonly domain: number;
  readonly point: number;
  readonly port?: OfPort;
  readonly direction?: "ingress" | "egress";
}

const NO_PORT = 0xffff;
const directions = [undefined, "ingress", "egress"] as const;

export const sample = defineAction<Sample>({
  kind: "sample",
  words: ["sample"],
  forms: [
    {
      id: { nx: 29 },
      fits: ({ port, direction }) => port === undefined && direction === undefined,
      encode: encodeCommon,
      decode: decodeCommon,
    },
    {
      id: { nx: 38 },
      fits: ({ direction }) => direction === undefined,
      encode: encodeWithPort,
      decode: decodeWithPort,
    },
    { id: { nx: 41 }, encode: encodeWithPort, decode: decodeWithPort },
  ],
  format({ probability, collectorSet, domain, point, port, direction }, names) {
    const parts = [
      `probability=${probability}`,
      `collector_set_id=${collectorSet}`,
      `obs_domain_id=${domain}`,
      `obs_point_id=${point}`,
    ];
    if (port !== undefined) parts.push(`sampling_port=${formatPort(port, names)}`);
    if (direction) parts.push(direction);
    return `sample(${parts.join(",")})`;
  },
  parse(text, names) {
    const items = splitTopLevel(requireArgument(text)).map(keyValue);
    const find = (key: string) => items.find((item) => item.key === key);
    const number = (key: string, max: number) => requireNumber(find(key)?.value ?? "0", key, max);
    const portText = find("sampling_port")?.value;
    const port = portText === undefined ? undefined : parsePort(portText, names);
    if (portText !== undefined && port === undefined)
      textError(`Expected a port, saw "${portText}"`);
    const direction = directions.find((d) => d !== undefined && find(d));
    return {
      kind: "sample",
      probability: number("probability", 0xffff),
      collectorSet: number("collector_set_id", 0xffffffff),
      domain: number("obs_domain_id", 0xffffffff),
      point: number("obs_point_id", 0xffffffff),
      ...(port === undefined ? {} : { port: ofPort(port) }),
      ...(direction ? { direction } : {}),
    };
  },
});

function encodeCommon({ probability, collectorSet, domain, point }: Sample, out: ByteWriter): void {
  out.u16(probability);
  out.u32(collectorSet);
  out.u32(domain);
  out.u32(point);
}

function encodeWithPort(action: Sample, out: ByteWriter): void {
  encodeCommon(action, out);
  out.u16((action.port ?? NO_PORT) & 0xffff);
  out.u8(directions.indexOf(action.direction));
  out.zeros(5);
}

function decodeCommon(body: ByteReader): Sample {
  return {
    kind: "sample",
    probability: body.u16(),
    collectorSet: body.u32(),
    domain: body.u32(),
    point: body.u32(),
  };
}

function decodeWithPort(body: ByteReader): Sample {
  const common = decodeCommon(body);
  const port = body.u16();
  const direction = directions[body.u8()];
  return {
    ...common,
    ...(port === NO_PORT ? {} : { port: ofPort(widePort(port)) }),
    ...(direction ? { direction } : {}),
  };
}
