import { isAbsolute, join } from "node:path/posix";
import { nearest } from "@antrea/base";
import { parse } from "yaml";
import { type CredentialProgram, parseServer } from "./access.ts";
import { isRecord } from "./object.ts";

/** A kubeconfig that cannot be used; the sentence names the file and what to change. */
export class KubeConfigError extends Error {
  override readonly name = "KubeConfigError";
}

/** Text in the file itself, or the path of a file that holds it. */
export type Inline = { readonly text: string } | { readonly file: string };

export interface Cluster {
  readonly server: string;
  readonly ca?: Inline | undefined;
  readonly serverName?: string | undefined;
  readonly insecure: boolean;
}

export type User =
  | { readonly kind: "none" }
  | { readonly kind: "certificate"; readonly cert: Inline; readonly key: Inline }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "token-file"; readonly path: string }
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  | { readonly kind: "program"; readonly program: CredentialProgram };

/** What one context of a kubeconfig stands for, its files not yet read. */
export interface Context {
  readonly name: string;
  readonly namespace: string;
  readonly cluster: Cluster;
  readonly user: User;
}

/** One kubeconfig file: its path tells what its relative paths mean, and is named in errors. */
export interface KubeConfigFile {
  readonly path: string;
  readonly text: string;
}

type Entry = { readonly file: string; readonly body: Readonly<Record<string, unknown>> };
type Entries = Map<string, Entry>;

/**
 * The chosen context (or the current one) of one or several files. As in kubectl, the first file
 * that has an entry of a name wins.
 */
export function parseKubeConfig(files: readonly KubeConfigFile[], contextName?: string): Context {
  const [contexts, clusters, users]: [Entries, Entries, Entries] = [
    new Map(),
    new Map(),
    new Map(),
  ];
  let current = contextName;
  for (const file of files) {
    const root = parseYaml(file);
    collect(root["contexts"], "context", file.path, contexts);
    collect(root["clusters"], "cluster", file.path, clusters);
    collect(root["users"], "user", file.path, users);
    current ||= text(root["current-context"]);
  }
  const where = files.map((file) => file.path).join(", ");
  if (!current)
    throw new KubeConfigError(`${where} has no current-context: set one, or name a context`);
  const context = requireEntry(contexts, "context", current, where);
  const cluster = requireEntry(clusters, "cluster", text(context.body["cluster"]), context.file);
  const userName = text(context.body["user"]);
  return {
    name: current,
    namespace: text(context.body["namespace"]) || "default",
    cluster: parseCluster(cluster),
    user:
      userName === ""
        ? { kind: "none" }
        : parseUser(requireEntry(users, "user", userName, context.file)),
  };
}

function parseYaml({ path, text: source }: KubeConfigFile): Readonly<Record<string, unknown>> {
  let root: unknown;
  try {
    root = parse(source);
  } catch (cause) {
    throw new KubeConfigError(`${path} is not YAML`, { cause });
  }
  if (!isRecord(root)) throw new KubeConfigError(`${path} is no kubeconfig: it has no clusters`);
  return root;
}

function collect(list: unknown, field: string, file: string, into: Entries): void {
  if (!Array.isArray(list)) return;
  for (const item of list) {
    if (!isRecord(item) || typeof item["name"] !== "string") continue;
    const body = item[field];
    if (!into.has(item["name"])) into.set(item["name"], { file, body: isRecord(body) ? body : {} });
  }
}

function requireEntry(entries: Entries, what: string, name: string, where: string): Entry {
  const entry = entries.get(name);
  if (entry) return entry;
  const meant = nearest(name, [...entries.keys()]);
  const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
  throw new KubeConfigError(`${where} has no ${what} "${name}"${hint}`);
}

function parseCluster({ file, body }: Entry): Cluster {
  const server = parseServer(text(body["server"]));
  if (server === undefined)
    throw new KubeConfigError(`${file}: "${text(body["server"])}" is no URL of a server`);
  if (text(body["proxy-url"]) !== "")
    throw new KubeConfigError(`${file}: proxy-url is not supported; reach the server directly`);
  return {
    server,
    ca: inline(file, body, "certificate-authority"),
    serverName: text(body["tls-server-name"]) || undefined,
    insecure: body["insecure-skip-tls-verify"] === true,
  };
}

function parseUser({ file, body }: Entry): User {
  const cert = inline(file, body, "client-certificate");
  const key = inline(file, body, "client-key");
  if (cert && key) return { kind: "certificate", cert, key };
  if (cert || key)
    throw new KubeConfigError(`${file}: client-certificate and client-key go together`);
  const tokenFile = text(body["tokenFile"]);
  if (tokenFile) return { kind: "token-file", path: resolvePath(file, tokenFile) };
  const token = text(body["token"]);
  if (token) return { kind: "token", token };
  const username = text(body["username"]);
  if (username) return { kind: "basic", username, password: text(body["password"]) };
  if (isRecord(body["exec"])) return { kind: "program", program: parseProgram(file, body["exec"]) };
  if (body["auth-provider"] !== undefined)
    throw new KubeConfigError(`${file}: auth-provider was removed from Kubernetes; use exec`);
  return { kind: "none" };
}

function parseProgram(file: string, body: Readonly<Record<string, unknown>>): CredentialProgram {
  const command = text(body["command"]);
  if (command === "") throw new KubeConfigError(`${file}: exec has no command`);
  const args = Array.isArray(body["args"]) ? body["args"].map(String) : [];
  const env = Array.isArray(body["env"]) ? body["env"].filter(isRecord) : [];
  return {
    apiVersion: text(body["apiVersion"]),
    command: command.includes("/") ? resolvePath(file, command) : command,
    args,
    env: Object.fromEntries(env.map((one) => [text(one["name"]), text(one["value"])])),
    installHint: text(body["installHint"]) || undefined,
  };
}

/** `name-data` (base64) wins over `name` (a path), as in kubectl. */
function inline(
  file: string,
  body: Readonly<Record<string, unknown>>,
  name: string,
): Inline | undefined {
  const data = text(body[`${name}-data`]);
  if (data) return { text: Buffer.from(data, "base64").toString("utf8") };
  const path = text(body[name]);
  return path ? { file: resolvePath(file, path) } : undefined;
}

function resolvePath(file: string, path: string): string {
  return isAbsolute(path) ? path : join(file, "..", path);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
