import { parseShape, type ShapeType, shape } from "@antrea/base";
import {
  familyOf,
  formatInterfaceAddress,
  type InterfaceAddress,
  parseInterfaceAddress,
  parseIp,
} from "@antrea/net";
import { atLeast, type CniVersion } from "./versions.ts";

const ip = shape.parsed("an IP address", parseIp);
/** "10.0.0.5/24": an address with host bits; also right for the destination of a route. */
const address = shape.parsed("an address with a prefix length, as in 10.0.0.5/24", (text) =>
  parseInterfaceAddress(text),
);
const u32 = shape.whole(0, 0xffffffff);

/** DNS settings, of a result and of a network configuration ("dns"). */
export const dnsShape = shape.object({
  nameservers: shape.optional(shape.list(shape.text)),
  domain: shape.optional(shape.text),
  search: shape.optional(shape.list(shape.text)),
  options: shape.optional(shape.list(shape.text)),
});

const result = shape.object({
  interfaces: shape.optional(
    shape.list(
      shape.object({
        name: shape.text,
        mac: shape.optional(shape.text),
        mtu: shape.optional(shape.whole(0, 0x7fffffff)),
        /** The network namespace, for an interface of the container. */
        sandbox: shape.optional(shape.text),
        socketPath: shape.optional(shape.text),
        pciID: shape.optional(shape.text),
      }),
    ),
  ),
  ips: shape.optional(
    shape.list(
      shape.object({
        address,
        gateway: shape.optional(ip),
        /** Index in `interfaces`. */
        interface: shape.optional(shape.whole(0, 1000)),
      }),
    ),
  ),
  routes: shape.optional(
    shape.list(
      shape.object({
        dst: address,
        gw: shape.optional(ip),
        mtu: shape.optional(u32),
        advmss: shape.optional(u32),
        priority: shape.optional(u32),
        table: shape.optional(u32),
        scope: shape.optional(shape.whole(0, 255)),
      }),
    ),
  ),
  dns: shape.optional(dnsShape),
});

/**
 * What an ADD did (CNI specification, "ADD Success"), in the form of the newest version. Older forms
 * differ only in what they leave out and in a "version" beside each address.
 */
export type CniResult = ShapeType<typeof result>;

/** The result of any version from 0.3.0 on; for `prevResult`, and for replies of the agent. */
export function parseCniResult(
  value: unknown,
): { readonly value: CniResult } | { readonly problem: string } {
  return parseShape(result, value);
}

/**
 * What a plugin that is not the first of its chain answers: all that came before it, then its own. Its
 * addresses name their interfaces by place in the list, so these numbers move up.
 */
export function appendResult(before: CniResult, own: CniResult): CniResult {
  const offset = before.interfaces?.length ?? 0;
  const dns = before.dns ?? own.dns;
  return {
    interfaces: [...(before.interfaces ?? []), ...(own.interfaces ?? [])],
    ips: [
      ...(before.ips ?? []),
      ...(own.ips ?? []).map((ip) =>
        ip.interface === undefined ? ip : { ...ip, interface: ip.interface + offset },
      ),
    ],
    routes: [...(before.routes ?? []), ...(own.routes ?? [])],
    ...(dns && { dns }),
  };
}

/** The JSON of a result as version `version` writes it. */
export function formatCniResult(
  { interfaces, ips, routes, dns }: CniResult,
  version: CniVersion,
): Readonly<Record<string, unknown>> {
  const isNewest = atLeast(version, "1.1.0");
  return withoutAbsent({
    cniVersion: version,
    interfaces: interfaces?.map(({ mtu, socketPath, pciID, ...common }) =>
      isNewest ? withoutAbsent({ ...common, mtu, socketPath, pciID }) : common,
    ),
    ips: ips?.map(({ address, ...common }) => ({
      ...(atLeast(version, "1.0.0") ? {} : { version: versionDigit(address) }),
      address: formatInterfaceAddress(address),
      ...common,
    })),
    routes: routes?.map(({ dst, gw, ...newer }) =>
      withoutAbsent({ dst: formatInterfaceAddress(dst), gw, ...(isNewest ? newer : {}) }),
    ),
    dns: dns ?? {},
  });
}

function versionDigit({ address }: InterfaceAddress): "4" | "6" {
  return familyOf(address) === "ipv4" ? "4" : "6";
}

function withoutAbsent(
  object: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
