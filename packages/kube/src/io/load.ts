import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { type ClusterAccess, type Credentials, parseServer } from "../access.ts";
import {
  type Context,
  type Inline,
  KubeConfigError,
  type KubeConfigFile,
  parseKubeConfig,
  type User,
} from "../kubeconfig.ts";

export interface LoadOptions {
  /** Path of a kubeconfig; where undefined: $KUBECONFIG, the Pod's service account, ~/.kube/config. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** Host, host:port or URL to use in place of the one found. */
  readonly kubeAPIServerOverride?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where a Pod finds its token, authority and Namespace; for tests. */
  readonly serviceAccountFolder?: string;
}

const defaultServiceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Finds out which API server to use and as whom. Rejects with a `KubeConfigError`. */
export async function loadKubeConfig(options: LoadOptions = {}): Promise<ClusterAccess> {
  const { env = process.env, kubeconfig, context } = options;
  const fromEnv = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  const access = kubeconfig
    ? await fromFiles([kubeconfig], context)
    : fromEnv.length > 0
      ? await fromFiles(fromEnv, context)
      : ((await fromServiceAccount(options, env)) ??
        (await fromFiles([join(env["HOME"] ?? homedir(), ".kube", "config")], context)));
  return overrideServer(access, options.kubeAPIServerOverride);
}

function overrideServer(access: ClusterAccess, override: string | undefined): ClusterAccess {
  if (!override) return access;
  const server = parseServer(override);
  if (server === undefined)
    throw new KubeConfigError(
      `kubeAPIServerOverride "${override}" is no host, host:port or URL of an API server`,
    );
  return { ...access, server };
}

async function fromServiceAccount(
  { serviceAccountFolder: folder = defaultServiceAccountFolder }: LoadOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ClusterAccess | undefined> {
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "443";
  if (!host || !(await exists(join(folder, "token")))) return undefined;
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    tls: { caFile: join(folder, "ca.crt"), insecure: false },
    credentials: { kind: "token-file", path: join(folder, "token") },
    namespace: (await exists(join(folder, "namespace")))
      ? (await readFile(join(folder, "namespace"), "utf8")).trim()
      : "default",
    source: `the service account in ${folder}`,
  };
}

async function fromFiles(
  paths: readonly string[],
  contextName: string | undefined,
): Promise<ClusterAccess> {
  const files: KubeConfigFile[] = [];
  for (const path of paths) {
    // As in kubectl, a file of a list may be missing; a single one may not.
    if (paths.length > 1 && !(await exists(path))) continue;
    files.push({ path, text: await readText(path) });
  }
  const context = parseKubeConfig(files, contextName);
  return toAccess(context, paths.join(delimiter));
}

async function toAccess(context: Context, where: string): Promise<ClusterAccess> {
  const { cluster, user } = context;
  return {
    server: cluster.server,
    tls: {
      ca: cluster.ca && (await readInline(cluster.ca)),
      serverName: cluster.serverName,
      insecure: cluster.insecure,
    },
    credentials: await readCredentials(user),
    namespace: context.namespace,
    source: `context ${context.name} of ${where}`,
  };
}

async function readCredentials(user: User): Promise<Credentials> {
  if (user.kind !== "certificate") return user;
  return {
    kind: "certificate",
    cert: await readInline(user.cert),
    key: await readInline(user.key),
  };
}

function readInline(value: Inline): Promise<string> {
  return "text" in value ? Promise.resolve(value.text) : readText(value.file);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new KubeConfigError(
      `Could not read ${path}; name a kubeconfig (--kubeconfig or $KUBECONFIG)`,
      { cause },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}
