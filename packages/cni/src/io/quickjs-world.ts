import { unixRequest } from "antrea_unix";
import * as os from "os";
import * as std from "std";
import { maxConfigSize, type PluginWorld, type UnixAnswer } from "../world.ts";

/** errno(3) of Linux; QuickJS names only some. */
const ECONNREFUSED = 111;

/** The world as QuickJS reaches it. Everything waits; the plugin has nothing else to do. */
export const quickjsWorld: PluginWorld = {
  readStdin() {
    const text = std.in.readAsString(maxConfigSize);
    return std.in.readAsString(1) === "" ? text : undefined;
  },
  getenv: (name) => std.getenv(name),
  unixRequest(path, line, timeoutMs): UnixAnswer {
    const answer = unixRequest(path, line, timeoutMs);
    if (typeof answer === "string") return { kind: "line", line: answer };
    if (answer < 0) return { kind: "silent" };
    const reason =
      answer === 0 ? "it closed the connection without an answer" : std.strerror(answer);
    const mayCome = answer === std.Error.ENOENT || answer === ECONNREFUSED;
    return { kind: "absent", reason, mayCome };
  },
  sleep: (ms) => os.sleep(ms),
  writeOut(text) {
    std.out.puts(text);
    std.out.flush();
  },
  writeFile(path, text) {
    makeFolders(path);
    const temporary = `${path}.tmp`;
    const error = { errno: 0 };
    const file = std.open(temporary, "w", error);
    if (!file) throw new Error(std.strerror(error.errno));
    file.puts(text);
    file.flush();
    const isBroken = file.error();
    if (file.close() !== 0 || isBroken) throw new Error("the file could not be written");
    check(os.rename(temporary, path));
  },
  removeFile: (path) => void os.remove(path),
  lendNamespace(path, at) {
    makeFolders(at);
    std.open(at, "w")?.close();
    if (quietly(["mount", "--bind", path, at]) === 0) return;
    os.remove(at);
    throw new Error(`mount --bind ${path} ${at} failed`);
  },
  returnNamespace(at) {
    const [, error] = os.stat(at);
    if (error !== 0) return;
    quietly(["umount", "--lazy", at]);
    os.remove(at);
  },
};

/** Runs a program of the PATH; what it says would stand between the plugin's own words. */
function quietly(argv: readonly string[]): number {
  const nowhere = os.open("/dev/null", os.O_WRONLY);
  try {
    return os.exec(argv, { stdout: nowhere, stderr: nowhere });
  } finally {
    os.close(nowhere);
  }
}

/** An existing folder is as good as a new one; any other failure shows when the file is opened. */
function makeFolders(path: string): void {
  for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1)) {
    os.mkdir(path.slice(0, at), 0o755);
  }
}

function check(result: number): void {
  if (result < 0) throw new Error(std.strerror(-result));
}
