import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { defaultConflist } from "@antrea/api/cni";
import { conflistProblem, pluginTypes } from "../conflist.ts";

export interface InstallOptions {
  /** The folder of the image that has `antrea` and, where it carries them, the other plugins. */
  readonly fromDir: string;
  /** The ConfigMap's key `antrea-cni.conflist`, as it is mounted; a ConfigMap without it means the default. */
  readonly conflistFile: string;
  readonly binDir: string;
  readonly confDir: string;
  /** Other plugins that are not to be copied. */
  readonly skip: readonly string[];
}

/** Plugins of others that are copied where the image has them and the Node has not. */
export const companionPlugins = ["portmap", "bandwidth", "loopback"] as const;

export const conflistName = "10-antrea.conflist";

/**
 * Installs the plugin on a Node. The configuration list comes last, since a kubelet takes its
 * presence for "the network is ready". Each file appears whole or not at all; a file of others is
 * neither replaced nor removed. Gives what was done, a line each.
 */
export function install(options: InstallOptions): readonly string[] {
  const conflist = existsSync(options.conflistFile)
    ? readFileSync(options.conflistFile, "utf8")
    : defaultConflist;
  const problem = conflistProblem(conflist);
  if (problem !== undefined) {
    throw new Error(
      `${options.conflistFile} is no network configuration that can be installed: ${problem}. ` +
        `Correct the key antrea-cni.conflist of the ConfigMap antrea-config.`,
    );
  }
  const lines = [
    put(readFileSync(join(options.fromDir, "antrea")), join(options.binDir, "antrea"), 0o755),
    ...companionPlugins.flatMap((name) => companionLine(name, options)),
    put(Buffer.from(conflist), join(options.confDir, conflistName), 0o644),
  ];
  return [...lines, ...missingPlugins(conflist, options.binDir)];
}

function companionLine(name: string, { fromDir, binDir, skip }: InstallOptions): string[] {
  const source = join(fromDir, name);
  const target = join(binDir, name);
  if (skip.includes(name) || !existsSync(source)) return [];
  if (existsSync(target)) return [`kept ${target}`];
  return [put(readFileSync(source), target, 0o755)];
}

/** Writes beside the target, then renames; a file that is right already is left alone. */
function put(content: Buffer, target: string, mode: number): string {
  if (isAlready(content, target, mode)) return `unchanged ${target}`;
  const slash = target.lastIndexOf("/");
  const dir = target.slice(0, slash);
  const prefix = `.${target.slice(slash + 1)}.antrea-tmp-`;
  mkdirSync(dir, { recursive: true });
  for (const name of readdirSync(dir)) {
    if (name.startsWith(prefix)) rmSync(join(dir, name), { force: true }); // of a run that was killed
  }
  const temporary = join(dir, `${prefix}${process.pid}`);
  try {
    writeDurably(temporary, content);
    chmodSync(temporary, mode); // open()'s mode is cut by the umask
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
  return `wrote ${target}`;
}

function writeDurably(path: string, content: Buffer): void {
  const file = openSync(path, "wx", 0o600);
  try {
    for (let at = 0; at < content.length; ) at += writeSync(file, content, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function isAlready(content: Buffer, target: string, mode: number): boolean {
  return (
    existsSync(target) &&
    (statSync(target).mode & 0o777) === mode &&
    readFileSync(target).equals(content)
  );
}

/** A runtime refuses every Pod if one plugin of the list is missing: better said now. */
function missingPlugins(conflist: string, binDir: string): string[] {
  return pluginTypes(conflist)
    .filter((type) => !existsSync(join(binDir, type)))
    .map((type) => `warning: the list calls the plugin ${type}, but ${binDir} has none`);
}
