import {
  createHash,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  sign as signBytes,
} from "node:crypto";
import { promisify } from "node:util";
import { encodeCertificate, pemOf, type SignatureAlgorithm } from "../x509/certificate.ts";
import { type Authority, skewMs } from "../x509/rotation.ts";

/** What a server is called by those who connect to it. */
export interface ServerNames {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  /** Of 4 or 16 bytes each. */
  readonly ipAddresses: readonly Uint8Array[];
}

/** P-256 is made in a millisecond; RSA with 2048 bits is for clients that take nothing else. */
export type KeyKind = "ecdsa" | "rsa";

interface Key {
  readonly private: KeyObject;
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array;
  /** RFC 7093 section 2, method 1: 160 bits of SHA-256 over the key. */
  readonly id: Uint8Array;
}

const generate = promisify(generateKeyPair);
const algorithmOf: Readonly<Record<KeyKind, SignatureAlgorithm>> = {
  ecdsa: "ecdsa-with-SHA256",
  rsa: "sha256WithRSAEncryption",
};

/** A new authority, whose key never leaves this process, for servers of these names. */
export async function certificateAuthority(
  names: ServerNames,
  kind: KeyKind,
  { nowMs, forMs }: { readonly nowMs: number; readonly forMs: number },
): Promise<Authority> {
  const own = await makeKey(kind);
  const issuer = `${names.commonName}-ca@${Math.floor(nowMs / 1000)}`;
  const notAfterMs = nowMs + forMs;
  const signed = (
    kindOf: "authority" | "server",
    subject: string,
    key: Key,
    term: { readonly fromMs: number; readonly toMs: number },
  ): string =>
    pemOf(
      "CERTIFICATE",
      encodeCertificate(
        {
          kind: kindOf,
          serial: serialNumber(),
          issuer,
          subject,
          notBefore: new Date(term.fromMs - skewMs),
          notAfter: new Date(term.toMs),
          publicKey: key.spki,
          keyId: key.id,
          issuerKeyId: own.id,
          dnsNames: kindOf === "server" ? names.dnsNames : [],
          ipAddresses: kindOf === "server" ? names.ipAddresses : [],
        },
        { algorithm: algorithmOf[kind], sign: (bytes) => signBytes("sha256", bytes, own.private) },
      ),
    );
  return {
    cert: signed("authority", issuer, own, { fromMs: nowMs, toMs: notAfterMs }),
    notAfterMs,
    async issue(fromMs, lastsMs) {
      const key = await makeKey(kind);
      const toMs = Math.min(fromMs + lastsMs, notAfterMs);
      return {
        cert: signed("server", names.commonName, key, { fromMs, toMs }),
        key: key.private.export({ type: "pkcs8", format: "pem" }).toString(),
        notAfterMs: toMs,
      };
    },
  };
}

async function makeKey(kind: KeyKind): Promise<Key> {
  const { privateKey, publicKey } =
    kind === "ecdsa"
      ? await generate("ec", { namedCurve: "P-256" })
      : await generate("rsa", { modulusLength: 2048 });
  const spki = publicKey.export({ type: "spki", format: "der" });
  return {
    private: privateKey,
    spki,
    id: createHash("sha256").update(spki).digest().subarray(0, 20),
  };
}

/** 128 random bits, the first of them 0. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes;
}
