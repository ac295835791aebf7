import { readFileSync } from "node:fs";

/** What goes into a layer. Data only: `layer-builder.ts` turns it into bytes. */
export interface LayerRecipe {
  /** Debian packages, with what they depend on, less what a layer below holds already. */
  readonly packages?: readonly string[];
  /** Files of this machine: path in the image to a name that the builder is given a path for. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Folders of this machine, likewise, taken whole. */
  readonly trees?: Readonly<Record<string, string>>;
  /** Small text files: path to content. */
  readonly files?: Readonly<Record<string, string>>;
  /** Symbolic links: path to target. */
  readonly links?: Readonly<Record<string, string>>;
  /** Empty folders: path to octal mode. */
  readonly folders?: Readonly<Record<string, string>>;
  /** A link for each applet of this Busybox. */
  readonly busybox?: string;
}

export interface ImageRecipe {
  /** From the lowest up. */
  readonly layers: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly ports?: readonly string[];
  readonly stopSignal?: string;
  readonly description: string;
}

export interface Recipe {
  readonly layers: Readonly<Record<string, LayerRecipe>>;
  readonly images: Readonly<Record<string, ImageRecipe>>;
  /** Packages that are never put into an image, though others depend on them: installers and interpreters. */
  readonly withoutPackages: readonly string[];
  /** Paths that are left out of every package. */
  readonly withoutPaths: readonly string[];
}

/** The product's own images, as `deploy/image/recipe.json` describes them. */
export function productRecipe(): Recipe {
  const file = new URL("../../../deploy/image/recipe.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Recipe;
}
