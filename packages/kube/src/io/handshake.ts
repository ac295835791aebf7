import type { Clock } from "@antrea/base";
import type { ClusterAccess } from "../access.ts";
import { credentialSource, type Proof, readAccessFile } from "./credentials.ts";

/** What TLS and the Authorization header need for one request. */
export interface Handshake extends Proof {
  readonly ca?: string | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized: boolean;
}

/** Handshakes that follow rotated tokens, certificates and authorities. */
export interface HandshakeSource {
  next(options: { readonly signal?: AbortSignal | undefined }): Promise<Handshake>;
  /** The server refused our proof; true if another one may be had. */
  refresh(): boolean;
}

const caFileAgeMs = 60_000;

export function handshakeSource(access: ClusterAccess, clock: Clock): HandshakeSource {
  const credentials = credentialSource(access.credentials, clock);
  const authority = authoritySource(access, clock);
  return {
    refresh: () => credentials.refresh(),
    next: async (options) => ({
      ...(await credentials.proof(options)),
      ca: await authority(),
      servername: access.tls.serverName,
      rejectUnauthorized: !access.tls.insecure,
    }),
  };
}

function authoritySource({ tls }: ClusterAccess, clock: Clock): () => Promise<string | undefined> {
  let last: { readonly ca: string; readonly untilMs: number } | undefined;
  return async () => {
    if (tls.caFile === undefined) return tls.ca;
    if (last === undefined || last.untilMs <= clock.now()) {
      last = { ca: await readAccessFile(tls.caFile), untilMs: clock.now() + caFileAgeMs };
    }
    return last.ca;
  };
}
