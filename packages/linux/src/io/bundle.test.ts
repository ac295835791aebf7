import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";

test("a bundle far from node_modules finds koffi.node beside itself", async () => {
  using folder = temporaryFolder();
  const bundle = join(folder.path, "program.mjs");
  await build({
    stdin: {
      contents: `import { hostNetwork } from "@antrea/linux/io";
        const { links } = await hostNetwork().observe();
        process.stdout.write([...links.keys()].join(" "));`,
      resolveDir: dirname(new URL(import.meta.url).pathname),
      loader: "ts",
    },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: bundle,
    logLevel: "error",
  });
  copyFileSync(koffiNode(), join(folder.path, "koffi.node"));

  const printed = execFileSync(process.execPath, [bundle], { cwd: folder.path, encoding: "utf8" });

  assert.match(printed, /\blo\b/);
});

function koffiNode(): string {
  const koffi = createRequire(import.meta.url).resolve("koffi");
  return createRequire(koffi).resolve("@koromix/koffi-linux-x64/linux_x64/koffi.node");
}

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "antlx-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
