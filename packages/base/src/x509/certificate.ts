import { der } from "./der.ts";

/** What a certificate says (RFC 5280 section 4.1). The rest follows from `kind`. */
export interface CertificateText {
  readonly kind: "authority" | "server";
  /** Up to 20 bytes, not negative, and never given twice by one issuer. */
  readonly serial: Uint8Array;
  readonly issuer: string;
  /** The common name. */
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SubjectPublicKeyInfo in DER, as `KeyObject.export({ type: "spki", format: "der" })` gives it. */
  readonly publicKey: Uint8Array;
  readonly keyId: Uint8Array;
  readonly issuerKeyId: Uint8Array;
  readonly dnsNames: readonly string[];
  /** Of 4 or 16 bytes. */
  readonly ipAddresses: readonly Uint8Array[];
}

/** The key that signs. */
export interface Signer {
  readonly algorithm: SignatureAlgorithm;
  /** Over SHA-256: ECDSA in DER, RSA with PKCS #1 v1.5. */
  sign(bytes: Uint8Array): Uint8Array;
}

export type SignatureAlgorithm = "ecdsa-with-SHA256" | "sha256WithRSAEncryption";

/** RFC 5758 section 3.2 has no parameters, RFC 4055 section 5 a NULL. */
const algorithms: Readonly<Record<SignatureAlgorithm, Uint8Array>> = {
  "ecdsa-with-SHA256": der.sequence(der.oid("1.2.840.10045.4.3.2")),
  sha256WithRSAEncryption: der.sequence(
    der.oid("1.2.840.113549.1.1.11"),
    Uint8Array.of(0x05, 0x00),
  ),
};

const oids = {
  commonName: "2.5.4.3",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
} as const;

/** Bits of keyUsage, the first the most significant. */
const usage = {
  authority: der.bitString(Uint8Array.of(0b0000_0110), 1), // keyCertSign, cRLSign
  server: der.bitString(Uint8Array.of(0b1010_0000), 5), // digitalSignature, keyEncipherment
} as const;

/** The signed certificate in DER: X.509 version 3. */
export function encodeCertificate(text: CertificateText, signer: Signer): Uint8Array {
  const algorithm = algorithms[signer.algorithm];
  const toBeSigned = der.sequence(
    der.explicit(0, der.integer(Uint8Array.of(2))), // version 3
    der.integer(text.serial),
    algorithm,
    nameOf(text.issuer),
    der.sequence(der.time(text.notBefore), der.time(text.notAfter)),
    nameOf(text.subject),
    text.publicKey,
    der.explicit(3, der.sequence(...extensionsOf(text))),
  );
  return der.sequence(toBeSigned, algorithm, der.bitString(signer.sign(toBeSigned)));
}

function nameOf(commonName: string): Uint8Array {
  const attribute = der.sequence(der.oid(oids.commonName), der.utf8String(commonName));
  return der.sequence(der.set(attribute));
}

function extensionsOf(text: CertificateText): readonly Uint8Array[] {
  const isAuthority = text.kind === "authority";
  const names = [
    ...text.dnsNames.map((name) => der.implicit(2, new TextEncoder().encode(name))),
    ...text.ipAddresses.map((address) => der.implicit(7, address)),
  ];
  return [
    critical(oids.basicConstraints, der.sequence(...(isAuthority ? [der.boolean(true)] : []))),
    critical(oids.keyUsage, usage[text.kind]),
    extension(oids.subjectKeyIdentifier, der.octetString(text.keyId)),
    extension(oids.authorityKeyIdentifier, der.sequence(der.implicit(0, text.issuerKeyId))),
    ...(isAuthority
      ? []
      : [extension(oids.extendedKeyUsage, der.sequence(der.oid(oids.serverAuth)))]),
    ...(names.length === 0 ? [] : [extension(oids.subjectAltName, der.sequence(...names))]),
  ];
}

function extension(oid: string, value: Uint8Array): Uint8Array {
  return der.sequence(der.oid(oid), der.octetString(value));
}

function critical(oid: string, value: Uint8Array): Uint8Array {
  return der.sequence(der.oid(oid), der.boolean(true), der.octetString(value));
}

/** PEM (RFC 7468) of something in DER. */
export function pemOf(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
