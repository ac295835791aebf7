import { oneOf, wordsOf } from "./values.ts";

/**
 * The cipher suites that Go's crypto/tls names (IANA names), since they are what people's
 * configurations hold, with the names that OpenSSL has for them. What a key has to be follows from
 * the name.
 */
const cipherSuiteNames = {
  TLS_AES_128_GCM_SHA256: "TLS_AES_128_GCM_SHA256",
  TLS_AES_256_GCM_SHA384: "TLS_AES_256_GCM_SHA384",
  TLS_CHACHA20_POLY1305_SHA256: "TLS_CHACHA20_POLY1305_SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: "ECDHE-ECDSA-AES128-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: "ECDHE-ECDSA-AES256-SHA",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: "ECDHE-RSA-AES128-SHA",
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: "ECDHE-RSA-AES256-SHA",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: "ECDHE-RSA-CHACHA20-POLY1305",
} as const;
export type CipherSuite = keyof typeof cipherSuiteNames;
const names = Object.keys(cipherSuiteNames) as CipherSuite[];

export const cipherSuites = wordsOf("IANA names of cipher suites", names);

/** The names of the Kubernetes components' `--tls-min-version`; "" leaves it to the program. */
export const tlsVersion = oneOf("", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13");

/** What a TLS server is told, in the words of OpenSSL. */
export interface ServingTls {
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  /** Names with ":" between; undefined for the usual ones. */
  readonly ciphers: string | undefined;
  /** What the key of a certificate has to be, so that one of the suites can be agreed upon. */
  readonly keyKind: "ecdsa" | "rsa";
}

/**
 * What `tlsCipherSuites` and `tlsMinVersion` ask of an API. As in Kubernetes' own programs nothing
 * below TLS 1.2 is spoken, whatever is asked for: OpenSSL has no suites left that would be safe there.
 * The suites of TLS 1.2 mean nothing where 1.3 is the least; where none of 1.3 is named, it has its
 * usual ones.
 */
export function servingTls(config: {
  readonly tlsCipherSuites: readonly CipherSuite[];
  readonly tlsMinVersion: string;
}): ServingTls {
  const minVersion = config.tlsMinVersion === "VersionTLS13" ? "TLSv1.3" : "TLSv1.2";
  const suites = config.tlsCipherSuites.filter(
    (name) => minVersion === "TLSv1.2" || isOfTls13(name),
  );
  const hasRsa = suites.some((name) => name.includes("_RSA_"));
  const hasEcdsa = suites.some((name) => name.includes("_ECDSA_"));
  return {
    minVersion,
    ciphers:
      suites.length === 0
        ? undefined
        : [...new Set(suites.map((name) => cipherSuiteNames[name]))].join(":"),
    keyKind: hasRsa && !hasEcdsa ? "rsa" : "ecdsa",
  };
}

function isOfTls13(name: CipherSuite): boolean {
  return !name.startsWith("TLS_ECDHE_");
}
