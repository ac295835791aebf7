import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  type AttachmentKey,
  type AttachmentRequest,
  parseCniRequest,
  pendingDelPath,
} from "@antrea/api/cni";
import type { Logger } from "@antrea/base";

/**
 * The word that DELs left while no agent listened. Every call is done when it returns: what was read
 * cannot be overtaken by an ADD of the same attachment before it is in its lane.
 */
export interface PendingDels {
  read(): readonly AttachmentRequest[];
  /** Removes the word of one attachment, also half of one; whether there was a whole one. */
  take(attachment: AttachmentKey): boolean;
}

/** What the plugin calls a file that it has not finished. */
const unfinished = ".tmp";
/** Older ones are of plugins that were killed: writing takes milliseconds. */
const unfinishedMs = 60_000;

export function pendingDels(folder: string, log: Logger): PendingDels {
  /** What cannot be understood is removed: the next GC finds the port. */
  function readOne(file: string): readonly AttachmentRequest[] {
    const { value } = parseCniRequest(readFileSync(file, "utf8").split("\n", 1)[0] ?? "");
    if (value?.command === "DEL" && pendingDelPath(value, folder) === file) return [value];
    log.warn("Dropped a pending DEL that cannot be read", { file });
    rmSync(file, { force: true });
    return [];
  }
  function dropAbandoned(names: readonly string[]): void {
    for (const name of names.filter((one) => one.endsWith(unfinished))) {
      const file = join(folder, name);
      const written = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      if (Date.now() - written > unfinishedMs) rmSync(file, { force: true });
    }
  }

  return {
    read() {
      if (!existsSync(folder)) return [];
      const names = readdirSync(folder);
      dropAbandoned(names);
      return names
        .filter((name) => name.endsWith(".json")) // others a plugin is still writing
        .flatMap((name) => readOne(join(folder, name)));
    },
    take(attachment) {
      const file = pendingDelPath(attachment, folder);
      const isThere = existsSync(file);
      for (const one of [file, `${file}${unfinished}`]) rmSync(one, { force: true });
      return isThere;
    },
  };
}
