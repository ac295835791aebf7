import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The folder with kube-apiserver, kubectl and their like that tests use: one's own, or the lab's cache. */
export function kubeAssets(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const own = env["KUBEBUILDER_ASSETS"];
  if (own) {
    if (existsSync(join(own, "kube-apiserver"))) return own;
    throw new Error(`KUBEBUILDER_ASSETS is ${own}, but there is no kube-apiserver in it`);
  }
  const cache = join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "antrea-lab", "kube");
  const versions = existsSync(cache) ? readdirSync(cache).sort(byNumbers) : [];
  const newest = versions.findLast((name) => existsSync(join(cache, name, "kube-apiserver")));
  if (newest !== undefined) return join(cache, newest);
  throw new Error(`There is no kube-apiserver under ${cache}: run "make install"`);
}

function byNumbers(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
