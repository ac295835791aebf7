import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createConnection } from "node:net";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { maxConfigSize, type PluginWorld, type UnixAnswer } from "../world.ts";

/** The world as Node reaches it: the reference that the installed build is compared with. */
export const nodeWorld: PluginWorld = {
  readStdin() {
    const bytes = readFileSync(0);
    return bytes.length > maxConfigSize ? undefined : bytes.toString("utf8");
  },
  getenv: (name) => process.env[name],
  unixRequest,
  sleep,
  writeOut: (text) => void writeSync(1, text),
  writeFile(path, text) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
  },
  removeFile: (path) => rmSync(path, { force: true }),
  lendNamespace(path, at) {
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, "");
    try {
      execFileSync("mount", ["--bind", path, at], { stdio: "ignore" });
    } catch (error) {
      rmSync(at);
      throw error;
    }
  },
  returnNamespace(at) {
    if (!existsSync(at)) return;
    spawnSync("umount", ["--lazy", at], { stdio: "ignore" });
    rmSync(at, { force: true });
  },
};

function unixRequest(path: string, line: string, timeoutMs: number): Promise<UnixAnswer> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const chunks: Buffer[] = [];
    const end = (answer: UnixAnswer) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end({ kind: "silent" }), timeoutMs);
    socket.on("connect", () => socket.write(line));
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (!chunk.includes(10)) return;
      const text = Buffer.concat(chunks).toString("utf8");
      end({ kind: "line", line: text.slice(0, text.indexOf("\n")) });
    });
    socket.on("error", ({ code, message }: NodeJS.ErrnoException) =>
      end({
        kind: "absent",
        reason: message,
        mayCome: code === "ENOENT" || code === "ECONNREFUSED",
      }),
    );
    socket.on("close", () =>
      end({
        kind: "absent",
        reason: "it closed the connection without an answer",
        mayCome: false,
      }),
    );
  });
}
