import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Clock } from "@antrea/base";
import type { CredentialProgram, Credentials } from "../access.ts";
import { KubeConfigError } from "../kubeconfig.ts";
import { isRecord } from "../object.ts";

/** What one request shows of who we are. */
export interface Proof {
  readonly authorization?: string | undefined;
  /** PEM, for TLS. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Proofs that follow their source: a rotated token file, a program's new token. */
export interface CredentialSource {
  proof(options?: { readonly signal?: AbortSignal | undefined }): Promise<Proof>;
  /** The server did not accept the last proof. True if asking again may give another one. */
  refresh(): boolean;
}

/** The kubelet rewrites a token long before it ends, so a look each 10 s is early enough. */
const tokenFileAgeMs = 10_000;
const programTimeoutMs = 60_000;

export function credentialSource(credentials: Credentials, clock: Clock): CredentialSource {
  switch (credentials.kind) {
    case "none":
      return fixed({});
    case "certificate":
      return fixed({ cert: credentials.cert, key: credentials.key });
    case "token":
      return fixed({ authorization: `Bearer ${credentials.token}` });
    case "basic": {
      const pair = `${credentials.username}:${credentials.password}`;
      return fixed({ authorization: `Basic ${Buffer.from(pair).toString("base64")}` });
    }
    case "token-file":
      return cached(clock, async () => ({
        proof: { authorization: `Bearer ${(await readAccessFile(credentials.path)).trim()}` },
        untilMs: clock.now() + tokenFileAgeMs,
      }));
    case "program":
      return cached(clock, ({ signal }) => runProgram(credentials.program, clock, signal));
  }
}

function fixed(proof: Proof): CredentialSource {
  return { proof: () => Promise.resolve(proof), refresh: () => false };
}

type Read = (options: {
  readonly signal?: AbortSignal | undefined;
}) => Promise<{ readonly proof: Proof; readonly untilMs: number }>;

function cached(clock: Clock, read: Read): CredentialSource {
  let last: { readonly proof: Proof; readonly untilMs: number } | undefined;
  return {
    async proof(options = {}) {
      if (last === undefined || last.untilMs <= clock.now()) last = await read(options);
      return last.proof;
    },
    refresh() {
      last = undefined;
      return true;
    },
  };
}

/** Runs a credential plugin (client.authentication.k8s.io ExecCredential), without a terminal. */
async function runProgram(
  { command, args, env, apiVersion, installHint }: CredentialProgram,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<{ proof: Proof; untilMs: number }> {
  const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false } };
  let stdout: string;
  try {
    ({ stdout } = await promisify(execFile)(command, [...args], {
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      timeout: programTimeoutMs,
      ...(signal ? { signal } : {}),
    }));
  } catch (cause) {
    throw new KubeConfigError(
      `The credential program ${command} failed${installHint ? `. ${installHint}` : ""}`,
      { cause },
    );
  }
  return parseCredential(stdout, command, clock);
}

function parseCredential(
  stdout: string,
  command: string,
  clock: Clock,
): { proof: Proof; untilMs: number } {
  let root: unknown;
  try {
    root = JSON.parse(stdout);
  } catch {
    root = undefined;
  }
  const status = isRecord(root) && isRecord(root["status"]) ? root["status"] : {};
  const token = status["token"];
  const cert = status["clientCertificateData"];
  const key = status["clientKeyData"];
  const expires = Date.parse(String(status["expirationTimestamp"]));
  if (typeof token !== "string" && (typeof cert !== "string" || typeof key !== "string"))
    throw new KubeConfigError(`The credential program ${command} printed no token or certificate`);
  return {
    proof: {
      authorization: typeof token === "string" ? `Bearer ${token}` : undefined,
      cert: typeof cert === "string" ? cert : undefined,
      key: typeof key === "string" ? key : undefined,
    },
    untilMs: Number.isNaN(expires)
      ? Number.POSITIVE_INFINITY
      : clock.now() + (expires - clock.wallTime().getTime()) - 10_000,
  };
}

/** A file that we were told to find credentials or an authority in. */
export async function readAccessFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new KubeConfigError(`Could not read ${path}, which the API server's access needs`, {
      cause,
    });
  }
}
