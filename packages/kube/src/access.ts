/** How to reach one API server and who we are there: data only, read by `io/http.ts`. */
export interface ClusterAccess {
  /** Base URL, perhaps with a path, without a trailing slash. */
  readonly server: string;
  readonly tls: TlsAccess;
  readonly credentials: Credentials;
  /** The Namespace of the context, or of our own Pod. */
  readonly namespace: string;
  /** Where this was read, for sentences: `context admin of /root/.kube/config`. */
  readonly source: string;
}

/** Whom to trust. */
export interface TlsAccess {
  /** PEM of the authorities; the machine's own where undefined. */
  readonly ca?: string | undefined;
  /** A file with that PEM, read again when it changes. */
  readonly caFile?: string | undefined;
  /** The name that the server's certificate must have, where it is not the URL's host. */
  readonly serverName?: string | undefined;
  /** Trust any server: for tests and emergencies. */
  readonly insecure: boolean;
}

/** Who we are. */
export type Credentials =
  | { readonly kind: "none" }
  /** PEM. */
  | { readonly kind: "certificate"; readonly cert: string; readonly key: string }
  | { readonly kind: "token"; readonly token: string }
  /** A file that somebody else rewrites, as the kubelet does for a service account. */
  | { readonly kind: "token-file"; readonly path: string }
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  /** A program that prints credentials (client.authentication.k8s.io). */
  | { readonly kind: "program"; readonly program: CredentialProgram };

/** A credential plugin as the kubeconfig's `exec` describes it. */
export interface CredentialProgram {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint?: string | undefined;
}

/**
 * The server's URL that a person may write as host, host:port or URL (`kubeAPIServerOverride`).
 * Undefined if it is none of them. IPv6 addresses stand bare or in brackets.
 */
export function parseServer(text: string): string | undefined {
  const trimmed = text.trim();
  const bareIpv6 = /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/.test(trimmed);
  const url = /^https?:\/\//i.test(trimmed)
    ? trimmed
    : `https://${bareIpv6 ? `[${trimmed}]` : trimmed}`;
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, pathname, username, search, hash } = new URL(url);
  if (host === "" || username !== "" || search !== "" || hash !== "") return undefined;
  return `${protocol}//${host}${pathname.replace(/\/+$/, "")}`;
}
