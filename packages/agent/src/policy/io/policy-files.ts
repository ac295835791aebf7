import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Logger, shape } from "@antrea/base";
import {
  addressGroupKind,
  appliedToGroupKind,
  networkPolicyWire,
} from "@antrea/policy/controlplane";
import type { PolicyShare, ShareEntry, ShareKind } from "../state.ts";

/** What is in force, one file for each object, for the agent that comes after this one. */
export interface PolicyFiles {
  /**
   * Undefined where no whole set was kept, or something of it cannot be read: a policy that is missing from
   * the set opens what it closes.
   */
  read(): PolicyShare | undefined;
  /** Writes what is new since the last call and removes what is gone; there is a whole set at each moment. */
  write(entries: readonly ShareEntry[]): Promise<void>;
}

/** There once a first set was written whole. */
const marker = "whole";
const unfinished = ".tmp";

/** A later version that means something else by these files counts on. */
const fileShape = shape.object({ version: shape.whole(1, 1), object: shape.anything });

export function policyFiles(folder: string, log: Logger): PolicyFiles {
  const written = new Map<string, unknown>();

  function readAll<T>(kind: ShareKind, decode: (object: unknown) => T): readonly T[] {
    const names = readdirSync(folder).filter((name) => isOf(kind, name));
    return names.map((name) => decode(readObject(name)));
  }

  function readObject(name: string): unknown {
    const json: unknown = JSON.parse(readFileSync(join(folder, name), "utf8"));
    return fileShape.read(json, name).object;
  }

  async function put(name: string, text: string): Promise<void> {
    const path = join(folder, name);
    await writeFile(`${path}${unfinished}`, text, { mode: 0o600 });
    await rename(`${path}${unfinished}`, path);
  }

  return {
    read() {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (!readdirSync(folder).includes(marker)) return undefined;
      try {
        return {
          networkPolicies: readAll("networkPolicies", networkPolicyWire.decode),
          addressGroups: readAll("addressGroups", addressGroupKind.decode),
          appliedToGroups: readAll("appliedToGroups", appliedToGroupKind.decode),
        };
      } catch (error) {
        log.warn("Kept policies cannot be read, waiting for the controller's", { err: error });
        return undefined;
      }
    },
    async write(entries) {
      const wanted = new Set(entries.map(fileOf)).add(marker);
      // groups come before the policies that speak of them
      for (const entry of entries) {
        const name = fileOf(entry);
        if (written.get(name) === entry.version && written.has(name)) continue;
        const { version } = entry; // of a group that changes while its file is written
        await put(name, JSON.stringify({ version: 1, object: encode(entry) }));
        written.set(name, version);
      }
      const gone = readdirSync(folder).filter((name) => !wanted.has(name));
      for (const name of gone.sort(policiesFirst)) {
        await rm(join(folder, name), { force: true });
        written.delete(name);
      }
      if (!written.has(marker)) await put(marker, "");
      written.set(marker, true);
    },
  };
}

/** As the controller sends it. */
function encode(entry: ShareEntry): object {
  if (entry.kind === "networkPolicies") return networkPolicyWire.encode(entry.object());
  const kind = entry.kind === "addressGroups" ? addressGroupKind : appliedToGroupKind;
  return kind.encode(entry.object());
}

function fileOf({ kind, name }: ShareEntry): string {
  return `${kind}.${encodeURIComponent(name)}.json`;
}

function isOf(kind: ShareKind, name: string): boolean {
  return name.startsWith(`${kind}.`) && name.endsWith(".json");
}

function policiesFirst(a: string, b: string): number {
  return Number(isOf("networkPolicies", b)) - Number(isOf("networkPolicies", a));
}
