import { createHash } from "node:crypto";
import { createWriteStream, readFileSync } from "node:fs";
import { once } from "node:events";
import { finished } from "node:stream/promises";
import { type Layer, sourceDateEpoch } from "./layer-builder.ts";
import type { ImageRecipe } from "./recipe.ts";
import { encodeTarEntry, type TarEntry, tarEnd } from "./tar-format.ts";

/** Media types of the OCI image specification 1.1. */
const media = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

interface Blob {
  readonly digest: string;
  readonly size: number;
  readonly bytes: Buffer;
}

/** An image ready to be written anywhere. `names` are full, such as `docker.io/library/nginx:1.21`. */
export interface Image {
  readonly names: readonly string[];
  readonly layers: readonly Layer[];
  readonly config: Blob;
  readonly manifest: Blob;
}

/** Computes an image's config and manifest. */
export function composeImage(
  names: readonly string[],
  recipe: ImageRecipe,
  layers: readonly Layer[],
): Image {
  const config = json({
    created: new Date(sourceDateEpoch() * 1000).toISOString(),
    architecture: "amd64",
    os: "linux",
    config: {
      Env: Object.entries({ PATH: defaultPath, ...recipe.environment }).map(
        ([name, value]) => `${name}=${value}`,
      ),
      ...(recipe.entrypoint ? { Entrypoint: recipe.entrypoint } : {}),
      ...(recipe.command ? { Cmd: recipe.command } : {}),
      ...(recipe.user ? { User: recipe.user } : {}),
      ...(recipe.ports
        ? { ExposedPorts: Object.fromEntries(recipe.ports.map((port) => [port, {}])) }
        : {}),
      ...(recipe.stopSignal ? { StopSignal: recipe.stopSignal } : {}),
      WorkingDir: "/",
      Labels: { "org.opencontainers.image.description": recipe.description },
    },
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.digest) },
    history: recipe.layers.map((name) => ({ created_by: `layer ${name}` })),
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: media.manifest,
    config: { mediaType: media.config, digest: config.digest, size: config.size },
    layers: layers.map(({ digest, size }) => ({ mediaType: media.layer, digest, size })),
  });
  return { names, layers, config, manifest };
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Writes images as one OCI archive that `ctr`, `podman`, `skopeo` and `docker load` read.
 * Blobs whose digest is in `known` are left out: for a store that has them already.
 */
export async function writeArchive(
  file: string,
  images: readonly Image[],
  known: ReadonlySet<string> = new Set(),
): Promise<void> {
  const out = createWriteStream(file);
  const write = async (path: string, content: Buffer): Promise<void> => {
    const entry: TarEntry = {
      path,
      kind: "file",
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtime: sourceDateEpoch(),
      content,
    };
    for (const piece of encodeTarEntry(entry)) if (!out.write(piece)) await once(out, "drain");
  };
  const written = new Set(known);
  const blob = async (digest: string, read: () => Buffer): Promise<void> => {
    if (written.has(digest)) return;
    written.add(digest);
    await write(blobPath(digest), read());
  };
  await write("oci-layout", Buffer.from(JSON.stringify({ imageLayoutVersion: "1.0.0" })));
  for (const image of images) {
    for (const layer of image.layers) await blob(layer.digest, () => readFileSync(layer.file));
    await blob(image.config.digest, () => image.config.bytes);
    await blob(image.manifest.digest, () => image.manifest.bytes);
  }
  await write("index.json", json(indexOf(images)).bytes);
  await write("manifest.json", json(dockerManifest(images)).bytes);
  out.end(tarEnd);
  await finished(out);
}

const blobPath = (digest: string): string => `blobs/sha256/${digest.slice("sha256:".length)}`;

function indexOf(images: readonly Image[]): unknown {
  const manifests = images.flatMap(({ names, manifest }) =>
    names.map((name) => ({
      mediaType: media.manifest,
      digest: manifest.digest,
      size: manifest.size,
      platform: { architecture: "amd64", os: "linux" },
      annotations: {
        "io.containerd.image.name": name,
        "org.opencontainers.image.ref.name": name.slice(name.lastIndexOf(":") + 1),
      },
    })),
  );
  return { schemaVersion: 2, mediaType: media.index, manifests };
}

/** What `docker load` reads beside the OCI index. */
function dockerManifest(images: readonly Image[]): unknown {
  return images.map(({ names, config, layers }) => ({
    Config: blobPath(config.digest),
    RepoTags: names.map((name) => name.replace(/^docker\.io\/(library\/)?/, "")),
    Layers: layers.map((layer) => blobPath(layer.digest)),
  }));
}

function json(value: unknown): Blob {
  const bytes = Buffer.from(JSON.stringify(value));
  return {
    digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
    size: bytes.length,
    bytes,
  };
}
