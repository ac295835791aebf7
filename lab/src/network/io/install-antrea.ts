import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LabError } from "../../errors.ts";
import type { Lab } from "../../io/lab.ts";
import { configureManifest } from "../antrea.ts";

/** The manifest that users apply. */
const productManifest = fileURLToPath(new URL("../../../../deploy/antrea.yml", import.meta.url));

/** Installs the product as a user does: the manifest with the options of this lab, by kubectl. */
export async function installAntrea(lab: Lab, signal?: AbortSignal): Promise<void> {
  const path = lab.options.manifest ?? productManifest;
  const input = configureManifest(readManifest(path), lab.options);
  await lab.kubectl(["apply", "-f", "-"], { input, signal });
}

/** Throws before anything is started if the manifest cannot be read. */
export function requireManifest(path: string | undefined): void {
  readManifest(path ?? productManifest);
}

function readManifest(path: string): string {
  if (existsSync(path)) return readFileSync(path, "utf8");
  throw new LabError({
    saw: `There is no file ${path}`,
    wanted: "the product's manifest",
    remedy:
      "print it with: make reference, give another one with --manifest FILE, or try --cni bridge",
  });
}
