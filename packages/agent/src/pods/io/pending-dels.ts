import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
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
  /** Removes the word of one attachment; whether there was one. */
  take(attachment: AttachmentKey): boolean;
}

export function pendingDels(folder: string, log: Logger): PendingDels {
  /** What cannot be understood is removed: the next GC finds the port. */
  function readOne(file: string): readonly AttachmentRequest[] {
    const { value } = parseCniRequest(readFileSync(file, "utf8").split("\n", 1)[0] ?? "");
    if (value?.command === "DEL" && pendingDelPath(value, folder) === file) return [value];
    log.warn("Dropped a pending DEL that cannot be read", { file });
    rmSync(file, { force: true });
    return [];
  }
  return {
    read() {
      if (!existsSync(folder)) return [];
      return readdirSync(folder)
        .filter((name) => name.endsWith(".json")) // others a plugin is still writing
        .flatMap((name) => readOne(join(folder, name)));
    },
    take(attachment) {
      const file = pendingDelPath(attachment, folder);
      const isThere = existsSync(file);
      if (isThere) rmSync(file, { force: true });
      return isThere;
    },
  };
}
