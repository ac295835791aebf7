/**
 * Bundles a cloud's SDK for `cloudRoutes.provider`: `node tools/build-cloud-routes.ts aws|gcp|azure [FOLDER]`.
 * The SDKs are no dependencies of the project: they are ten times as large as all else that it is built from.
 * They are installed into a folder of their own, what we use of them is checked against their types, and
 * `build/cloud-routes-PROVIDER.mjs` is to be put beside `antrea-controller.mjs` in the controller's image.
 * FOLDER: where the SDK is installed already.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { repository } from "./repository.ts";

const sdks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  aws: { "@aws-sdk/client-ec2": "3.1169.0" },
  gcp: { "@google-cloud/compute": "7.8.0" },
  azure: { "@azure/arm-network": "39.0.0", "@azure/identity": "4.14.1" },
};

const [provider = "", given] = process.argv.slice(2);
const dependencies = sdks[provider];
if (!dependencies) throw new Error(`Say which: ${Object.keys(sdks).join(", ")}`);
const folder = given ?? installed(provider, dependencies);
const home = "packages/controller/src/cloud-routes/io";
const entry = `${home}/open-${provider}.ts`;
const outfile = `build/cloud-routes-${provider}.mjs`;
const link = join(repository, home, "node_modules");
rmSync(link, { force: true });
symlinkSync(join(folder, "node_modules"), link);
try {
  checkTypes();
  await bundle();
} finally {
  rmSync(link);
}
console.log(`${outfile}: ${Math.round(statSync(join(repository, outfile)).size / 1024)} KiB`);

function installed(name: string, wanted: Readonly<Record<string, string>>): string {
  const place = join(repository, "build", `sdk-${name}`);
  mkdirSync(place, { recursive: true });
  const manifest = JSON.stringify({ private: true, dependencies: wanted });
  writeFileSync(join(place, "package.json"), manifest);
  const argv = ["install", "--no-audit", "--no-fund", "--ignore-scripts"];
  execFileSync("npm", argv, { cwd: place, stdio: "inherit" });
  return place;
}

/** The interfaces in `providers/` name a part of each SDK: it must be one. */
function checkTypes(): void {
  mkdirSync(join(repository, "build"), { recursive: true });
  const file = join(repository, `build/tsconfig.cloud-routes-${provider}.json`);
  const config = {
    extends: "../tsconfig.json",
    files: [join("..", entry)],
    include: [],
    exclude: [],
  };
  writeFileSync(file, JSON.stringify(config));
  try {
    execFileSync(join(repository, "node_modules/.bin/tsc"), ["-p", file], { stdio: "inherit" });
  } finally {
    rmSync(file);
  }
}

/** CommonJS dependencies still ask for `require` and `__dirname`. */
async function bundle(): Promise<void> {
  await build({
    absWorkingDir: repository,
    entryPoints: [entry],
    outfile,
    ...{ bundle: true, platform: "node", format: "esm", target: "node24" },
    ...{ minify: true, legalComments: "none", logLevel: "error" },
    banner: {
      js: [
        'import { createRequire as __createRequire } from "node:module";',
        "const require = __createRequire(import.meta.url);",
        "const { filename: __filename, dirname: __dirname } = import.meta;",
      ].join(" "),
    },
  });
}
