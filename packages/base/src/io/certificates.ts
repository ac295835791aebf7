import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Clock } from "../clock.ts";
import { errorText } from "../errors.ts";
import type { Logger } from "../log.ts";
import {
  type CertificateTerms,
  certificateRotation,
  defaultTerms,
  type ServingCertificate,
} from "../x509/rotation.ts";
import { certificateAuthority, type KeyKind, type ServerNames } from "./certificate-authority.ts";

export {
  certificateAuthority,
  type KeyKind,
  type ServerNames,
} from "./certificate-authority.ts";

/** Where a server's certificate comes from, also the next one. */
export interface CertificateSource {
  /** The one of now. Rejects where there is none. */
  first(): Promise<ServingCertificate>;
  /** Tells of each that comes after it, until the signal aborts. */
  follow(onChange: (next: ServingCertificate) => void, signal: AbortSignal): Promise<void>;
}

export interface OwnCertificateOptions {
  readonly names: ServerNames;
  readonly kind: KeyKind;
  readonly clock: Clock;
  readonly log: Logger;
  readonly terms?: CertificateTerms;
  /** How often it is looked whether the next one is due, in milliseconds; also how soon it is after the machine's clock was set. */
  readonly lookMs?: number;
}

/** Certificates by an authority of our own, each replaced before it ends. Its key is in memory alone. */
export function ownCertificates({
  names,
  kind,
  clock,
  log,
  terms = defaultTerms,
  lookMs = 60_000,
}: OwnCertificateOptions): CertificateSource {
  const rotation = certificateRotation(
    (nowMs, forMs) => certificateAuthority(names, kind, { nowMs, forMs }),
    terms,
  );
  return followed({
    read: () => rotation.current(clock.wallTime().getTime()),
    lookMs,
    clock,
    log,
  });
}

export interface FileCertificateOptions {
  /** As a Secret of type kubernetes.io/tls is mounted: `tls.crt`, `tls.key`, and `ca.crt` where there is one. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly lookMs?: number;
}

/** Certificates that somebody else puts into a folder, read again when they change. A pair that does not fit together is told, and not shown. */
export function fileCertificates({
  folder,
  clock,
  log,
  lookMs = 30_000,
}: FileCertificateOptions): CertificateSource {
  const read = (name: string) => readFile(`${folder}/${name}`, "utf8");
  return followed({
    async read() {
      const [cert, key, authorities] = await Promise.all([
        read("tls.crt"),
        read("tls.key"),
        read("ca.crt").catch(() => ""),
      ]);
      if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
        throw new Error(`${folder}/tls.key is not the key of ${folder}/tls.crt`);
      return { cert, key, authorities: authorities || cert };
    },
    lookMs,
    clock,
    log,
  });
}

interface Followed {
  readonly read: () => Promise<ServingCertificate>;
  readonly lookMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

function followed({ read, lookMs, clock, log }: Followed): CertificateSource {
  let last: ServingCertificate | undefined;
  let complaint: string | undefined;
  return {
    first: async () => (last = await read()),
    async follow(onChange, signal) {
      while (!signal.aborted) {
        await clock.sleep(lookMs, { signal }).catch(() => {});
        if (signal.aborted) return;
        try {
          const next = await read();
          complaint = undefined;
          if (isSame(next, last)) continue;
          last = next;
          onChange(next);
          const until = new Date(certificateEndMs(next)).toISOString();
          log.info("Shows another certificate from now on", { until });
        } catch (error) {
          const said = errorText(error);
          if (said !== complaint)
            log.warn("Could not take the next certificate, will retry; shows the last one", {
              err: said,
            });
          complaint = said;
        }
      }
    },
  };
}

function isSame(a: ServingCertificate, b: ServingCertificate | undefined): boolean {
  return b !== undefined && a.cert === b.cert && a.key === b.key && a.authorities === b.authorities;
}

/** When it ends, in milliseconds since 1970. */
export function certificateEndMs({ cert }: ServingCertificate): number {
  return Date.parse(new X509Certificate(cert).validTo);
}
