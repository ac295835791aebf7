// Runs before anything is installed, with whatever Node.js the machine has: brings the npm packages
// into line with package-lock.json, and does nothing when they are.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The packages that a lockfile names, by folder; what is optional may be missing on this platform. */
function locked(file) {
  const { packages } = JSON.parse(readFileSync(file, "utf8"));
  return Object.entries(packages).filter(([folder, one]) => folder !== "" && !one.optional);
}

function isInstalled() {
  try {
    const have = new Map(locked("node_modules/.package-lock.json"));
    return locked("package-lock.json").every(([folder, one]) => {
      const found = have.get(folder);
      // A workspace stands in the lockfile twice: as a folder, and as a link to it.
      return folder.startsWith("node_modules")
        ? found?.version === one.version
        : found !== undefined;
    });
  } catch {
    return false;
  }
}

if (!isInstalled()) {
  console.log("Installing the npm packages of package-lock.json (about 30 s)");
  const { status, error } = spawnSync(
    "npm",
    ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"],
    {
      stdio: "inherit",
    },
  );
  if (status !== 0) {
    console.error(
      `"npm install" failed${error ? `: ${error.message}` : ""}. Look at what it says above, and run the same command again.`,
    );
    process.exit(1);
  }
}
