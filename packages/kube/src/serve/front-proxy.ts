import type { X509Certificate } from "node:crypto";
import { certificatesOf } from "@antrea/base/x509";
import type { UserInfo } from "./review.ts";

/** How the API server says for whom it asks: what ConfigMap `kube-system/extension-apiserver-authentication` tells. */
export interface FrontProxy {
  /** Who signs its certificate. */
  readonly authorities: readonly X509Certificate[];
  /** Common names that it may have; any where empty. */
  readonly names: readonly string[];
  /** Names of headers in small letters. */
  readonly userHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraPrefixes: readonly string[];
}

/** Headers by their names in small letters, each value by itself. */
export type Headers = Readonly<Record<string, readonly string[] | undefined>>;

export const frontProxyConfig = {
  namespace: "kube-system",
  name: "extension-apiserver-authentication",
} as const;

/** Undefined for a cluster whose API server asks nobody. */
export function parseFrontProxy(
  data: Readonly<Record<string, string | undefined>> = {},
): FrontProxy | undefined {
  const authorities = certificatesOf(data["requestheader-client-ca-file"] ?? "");
  const userHeaders = lowered(data["requestheader-username-headers"]);
  if (authorities.length === 0 || userHeaders.length === 0) return undefined;
  return {
    ...{ authorities, userHeaders },
    names: listOf(data["requestheader-allowed-names"]),
    uidHeaders: lowered(data["requestheader-uid-headers"]),
    groupHeaders: lowered(data["requestheader-group-headers"]),
    extraPrefixes: lowered(data["requestheader-extra-headers-prefix"]),
  };
}

/** For whom it asks, where the certificate of who asks is the API server's own; undefined for everybody else. */
export function forwardedUser(
  proxy: FrontProxy | undefined,
  certificate: X509Certificate | undefined,
  headers: Headers,
  nowMs: number,
): UserInfo | undefined {
  if (!proxy || !certificate || !isProxy(proxy, certificate, nowMs)) return undefined;
  const first = (names: readonly string[]) =>
    names.flatMap((name) => headers[name] ?? []).find((value) => value !== "");
  const username = first(proxy.userHeaders);
  if (username === undefined) return undefined;
  return {
    username,
    uid: first(proxy.uidHeaders) ?? "",
    groups: proxy.groupHeaders.flatMap((name) => headers[name] ?? []),
    extra: extraOf(proxy, headers),
  };
}

const clientAuthentication = "1.3.6.1.5.5.7.3.2";

function isProxy(
  { authorities, names }: FrontProxy,
  certificate: X509Certificate,
  nowMs: number,
): boolean {
  const isInTime =
    Date.parse(certificate.validFrom) <= nowMs && nowMs <= Date.parse(certificate.validTo);
  const uses = certificate.keyUsage as readonly string[] | undefined; // extended, in truth
  if (!isInTime || (uses !== undefined && !uses.includes(clientAuthentication))) return false;
  const name = /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? "";
  if (names.length > 0 && !names.includes(name)) return false;
  return authorities.some(
    (authority) =>
      authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey),
  );
}

/** Names of members come escaped, since a header's name may not have a slash. */
function extraOf({ extraPrefixes }: FrontProxy, headers: Headers): UserInfo["extra"] {
  const found = Object.entries(headers).flatMap(([header, values = []]) => {
    const prefix = extraPrefixes.find((one) => header.startsWith(one));
    return prefix === undefined ? [] : [[unescaped(header.slice(prefix.length)), values] as const];
  });
  return Object.fromEntries(found);
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function lowered(text: string | undefined): readonly string[] {
  return listOf(text).map((one) => one.toLowerCase());
}

/** A list in JSON. */
function listOf(text = "[]"): readonly string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}
