import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../..", import.meta.url));

/** What an agent is made of. */
const sources = ["agent", "api", "base", "kube", "linux", "net", "openflow", "ovsdb", "pipeline"];

/** A checkout of an earlier commit, with its own lab command. */
export interface EarlierVersion extends AsyncDisposable {
  readonly commit: string;
  /** Runs `antrea-lab` of that commit. */
  antreaLab(...args: readonly string[]): Promise<void>;
}

/** The commit before the last one that changed the agent, checked out and built beside this one. */
export async function earlierVersion(): Promise<EarlierVersion> {
  const paths = sources.map((name) => `packages/${name}/src`);
  const tests = [":!*.test.ts", ":!*/testing/*"]; // no part of an image
  const log = await git("log", "--format=%H", "-2", "--", ...paths, ...tests);
  const commit = log.trim().split("\n")[1];
  if (commit === undefined)
    throw new Error(
      "This clone has no commit before the last change of the agent to upgrade from; fetch its history: git fetch --unshallow",
    );
  const folder = mkdtempSync(join(tmpdir(), "antrea-earlier-"));
  await git("worktree", "add", "--detach", "--force", folder, commit);
  linkModules(folder);
  await run(process.execPath, [join(folder, "tools/build.ts")], { cwd: folder });
  return {
    commit,
    async antreaLab(...args) {
      await run(join(folder, "antrea-lab"), args, { maxBuffer: 1 << 26 });
    },
    async [Symbol.asyncDispose]() {
      await git("worktree", "remove", "--force", folder);
    },
  };
}

async function git(...args: readonly string[]): Promise<string> {
  return (await run("git", ["-C", repository, ...args])).stdout;
}

/** The same dependencies; but our own packages are those of the checkout, which their links find beside them. */
function linkModules(folder: string): void {
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync(join(repository, "node_modules"))) {
    const from = join(repository, "node_modules", name);
    if (name === "@antrea")
      cpSync(from, join(modules, name), { recursive: true, verbatimSymlinks: true });
    else symlinkSync(from, join(modules, name));
  }
}
