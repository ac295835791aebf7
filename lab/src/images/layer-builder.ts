import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, join } from "node:path";
import { cacheRoot, type RunOptions, runText } from "../assets/index.ts";
import { type DebianPackage, packageClosure, packageFiles } from "./debian.ts";
import { fileTree, mergedLinks, unpackOrder, withoutPaths } from "./file-tree.ts";
import type { LayerRecipe, Recipe } from "./recipe.ts";
import { encodeTarEntry, type TarEntry, tarEnd } from "./tar-format.ts";

/** A layer as a file: an uncompressed tar, so its digest is also its DiffID (OCI image-spec, config.md). */
export interface Layer {
  readonly file: string;
  readonly digest: string;
  readonly size: number;
}

/** Paths of what a recipe calls by name: programs, and folders of bundles. */
export type Materials = Readonly<Record<string, string>>;

/** Bumped when the builder itself makes other bytes of the same recipe. */
const builderVersion = 2;

/** Seconds since 1970 that no file in an image is younger than (reproducible-builds.org, SOURCE_DATE_EPOCH). */
export function sourceDateEpoch(): number {
  return Number(process.env["SOURCE_DATE_EPOCH"] ?? 1_767_225_600); // the first of January 2026
}

/**
 * Names a chain of layers by all that goes into its last one: the recipes from the lowest up,
 * and the content of the files that it takes from this machine.
 */
export function layerKey(recipe: Recipe, chain: readonly string[], materials: Materials): string {
  const top = recipe.layers[chain.at(-1) ?? ""] ?? {};
  const hash = createHash("sha256");
  const packages = top.packages ? chain.map((name) => recipe.layers[name]?.packages) : [];
  const filter = top.packages ? [recipe.withoutPackages, recipe.withoutPaths] : [];
  hash.update(
    JSON.stringify([builderVersion, sourceDateEpoch(), chain.length === 1, top, packages, filter]),
  );
  for (const name of Object.values(top.programs ?? {}))
    hash.update(programStamp(material(materials, name)));
  for (const name of Object.values(top.trees ?? {}))
    for (const entry of treeEntries("", material(materials, name)))
      hash
        .update(`${entry.path} ${entry.mode} ${entry.target ?? ""}\0`)
        .update(entry.content ?? "");
  return hash.digest("hex").slice(0, 32);
}

/** Where the layer of that key lies, or will. */
export function layerFile(key: string): string {
  return join(cacheRoot(), "images", "layers", `${key}.tar`);
}

/** Reads back what `buildLayer` made. */
export function findLayer(key: string): Layer | undefined {
  const described = `${layerFile(key)}.json`;
  if (!existsSync(described)) return undefined;
  return {
    file: layerFile(key),
    ...(JSON.parse(readFileSync(described, "utf8")) as Omit<Layer, "file">),
  };
}

/** Removes layers of earlier versions. */
export function pruneLayers(keep: ReadonlySet<string>): void {
  const folder = join(layerFile("-"), "..");
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (!keep.has(name.split(".")[0] ?? "")) rmSync(join(folder, name), { force: true });
}

/** Makes the last layer of `chain`, unless it is there. */
export async function buildLayer(
  recipe: Recipe,
  chain: readonly string[],
  materials: Materials,
  options: RunOptions,
): Promise<Layer> {
  const key = layerKey(recipe, chain, materials);
  const found = findLayer(key);
  if (found) return found;
  const layer = recipe.layers[chain.at(-1) ?? ""];
  if (!layer) throw new Error(`The recipe has no layer ${chain.at(-1)}`);
  const entries = [
    ...(chain.length === 1 && (layer.packages || layer.busybox) ? linkEntries(mergedLinks) : []),
    ...withoutPaths(await debianEntries(recipe, chain, options), recipe.withoutPaths),
    ...(await ownEntries(layer, materials)),
  ];
  return writeLayer(key, unpackOrder(fileTree(entries), sourceDateEpoch()));
}

async function debianEntries(
  recipe: Recipe,
  chain: readonly string[],
  options: RunOptions,
): Promise<readonly TarEntry[]> {
  const closure = (names: readonly string[]): Promise<readonly DebianPackage[]> =>
    packageClosure(
      names.flatMap((name) => recipe.layers[name]?.packages ?? []),
      options,
    );
  if (!recipe.layers[chain.at(-1) ?? ""]?.packages) return [];
  const below = new Set((await closure(chain.slice(0, -1))).map((one) => one.name));
  const isLeftOut = (name: string): boolean =>
    recipe.withoutPackages.some((pattern) => new RegExp(`^(?:${pattern})$`).test(name));
  const own = (await closure(chain)).filter(({ name }) => !below.has(name) && !isLeftOut(name));
  const list = own
    .map((one) => `${one.name} ${one.version}\n`)
    .sort()
    .join("");
  const record = textEntry(`usr/share/antrea/packages/${chain.at(-1)}.txt`, list);
  return [...(await packageFiles(own, options)), record];
}

async function ownEntries(layer: LayerRecipe, materials: Materials): Promise<readonly TarEntry[]> {
  const programs = Object.entries(layer.programs ?? {}).map(([path, name]): TarEntry => {
    return {
      ...plain(path, 0o755),
      kind: "file",
      content: readFileSync(material(materials, name)),
    };
  });
  const trees = Object.entries(layer.trees ?? {}).flatMap(([path, name]) => [
    ...treeEntries(path, material(materials, name)),
  ]);
  const files = Object.entries(layer.files ?? {}).map(([path, content]) =>
    textEntry(path, content),
  );
  const folders = Object.entries(layer.folders ?? {}).map(([path, mode]): TarEntry => {
    return { ...plain(path, Number.parseInt(mode, 8)), kind: "folder" };
  });
  const applets = layer.busybox
    ? await busyboxLinks(layer.busybox, material(materials, layer.busybox))
    : {};
  return [
    ...programs,
    ...trees,
    ...files,
    ...folders,
    ...linkEntries({ ...applets, ...layer.links }),
  ];
}

/** A layer's own files belong to root and carry the recipe's time. */
const plain = (path: string, mode: number): Omit<TarEntry, "kind"> => ({
  path,
  mode,
  uid: 0,
  gid: 0,
  mtime: sourceDateEpoch(),
});

const textEntry = (path: string, content: string): TarEntry => ({
  ...plain(path, content.startsWith("#!") ? 0o755 : 0o644),
  kind: "file",
  content: Buffer.from(content),
});

const linkEntries = (links: Readonly<Record<string, string>>): readonly TarEntry[] =>
  Object.entries(links).map(([path, target]) => ({
    ...plain(path, 0o777),
    kind: "symlink",
    target,
  }));

async function busyboxLinks(name: string, program: string): Promise<Record<string, string>> {
  const applets = (await runText(program, ["--list"])).trim().split("\n");
  return Object.fromEntries(
    applets.filter((applet) => applet !== name).map((applet) => [`bin/${applet}`, name]),
  );
}

/** A folder of this machine with all it holds, as it will be under `path`. */
function* treeEntries(path: string, folder: string): Generator<TarEntry> {
  if (path) yield { ...plain(path, 0o755), kind: "folder" };
  for (const name of readdirSync(folder).sort()) {
    const from = join(folder, name);
    const to = join(path, name);
    const stat = lstatSync(from);
    if (stat.isDirectory()) yield* treeEntries(to, from);
    else if (stat.isSymbolicLink())
      yield { ...plain(to, 0o777), kind: "symlink", target: readlinkSync(from) };
    else
      yield {
        ...plain(to, stat.mode & 0o111 ? 0o755 : 0o644),
        kind: "file",
        content: readFileSync(from),
      };
  }
}

/**
 * Large programs are never edited in place, so size and time of change stand for their content; by whole
 * seconds, which is what every file system keeps that an emulated machine may have them from.
 */
function programStamp(file: string): string | Buffer {
  const { size, mtimeMs } = lstatSync(file);
  const seconds = Math.floor(mtimeMs / 1000);
  return size > 10_000_000 ? `${basename(file)} ${size} ${seconds}\0` : readFileSync(file);
}

function material(materials: Materials, name: string): string {
  const path = materials[name];
  if (!path || !existsSync(path))
    throw new Error(
      `The image recipe wants "${name}", but ${path ?? "nobody gives it"} is missing`,
    );
  return path;
}

function writeLayer(key: string, entries: readonly TarEntry[]): Layer {
  const file = layerFile(key);
  mkdirSync(join(file, ".."), { recursive: true });
  const partial = `${file}.partial-${process.pid}`;
  const out = openSync(partial, "w");
  const hash = createHash("sha256");
  let size = 0;
  const write = (bytes: Uint8Array): void => {
    writeSync(out, bytes);
    hash.update(bytes);
    size += bytes.length;
  };
  for (const entry of entries) for (const piece of encodeTarEntry(entry)) write(piece);
  write(tarEnd);
  closeSync(out);
  const layer = { digest: `sha256:${hash.digest("hex")}`, size };
  renameSync(partial, file);
  writeFileSync(`${file}.json`, JSON.stringify(layer));
  return { file, ...layer };
}
