import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { repository } from "../repository.ts";
import type { Import, SourceFile } from "./imports.ts";
import { closedDoors, effects, rooms } from "./rules.ts";

/** A place in the source and what is wrong with it, as one line. */
export type Problem = string;

/** Every import that the table does not allow, and every effect outside its place. */
export function findProblems(sources: readonly SourceFile[]): readonly Problem[] {
  return [
    ...sources.flatMap((file) => file.imports.flatMap((one) => importProblem(file, one) ?? [])),
    ...sources.flatMap(effectProblems),
  ];
}

const at = ({ from, line }: Import): string => `${from}:${line}`;

function importProblem(file: SourceFile, one: Import): Problem | undefined {
  const { specifier } = one;
  if (specifier.startsWith(".")) return relativeProblem(file, one);
  if (specifier.startsWith("@antrea/")) return roomProblem(file, one);
  const isEffect = effects.modules.some(
    (name) => specifier === name || specifier.startsWith(`${name}/`),
  );
  if (isEffect && !effects.allowed.test(file.path))
    return `${at(one)}: ${specifier} touches the world, so it belongs into a file under io/`;
  return undefined;
}

function relativeProblem(file: SourceFile, one: Import): Problem | undefined {
  const target = normalize(join(dirname(file.path), one.specifier));
  const home = file.path.startsWith("packages/") ? `packages/${file.room}/` : `${file.room}/`;
  if (target.startsWith(home) || file.room === "tools") return undefined;
  return `${at(one)}: ${one.specifier} leaves the room ${file.room}; import @antrea/… by its door`;
}

function roomProblem(file: SourceFile, one: Import): Problem | undefined {
  const door = one.specifier.slice("@antrea/".length);
  const [room = ""] = door.split("/");
  if (!doorsOf(room).has(door))
    return `${at(one)}: ${one.specifier} is no door: see "exports" in ${room}'s package.json`;
  const allowed = rooms[file.room];
  if (!allowed) return `${file.path}: the room ${file.room} is not in tools/layers/rules.ts`;
  if (room === file.room) return undefined;
  const isTest = /\.test\.ts$|\/testing\//.test(file.path);
  if (door.endsWith("/testing") && !isTest && !allowed.includes("*"))
    return `${at(one)}: ${one.specifier} is for tests`;
  if (!["*", room, door].some((one) => allowed.includes(one)))
    return `${at(one)}: ${file.room} may not import ${room}`;
  if (!isTest && closedDoors[file.room]?.test(door))
    return `${at(one)}: ${file.room} may not enter ${door}`;
  return undefined;
}

const doors = new Map<string, ReadonlySet<string>>();

/** `net`, `base/io`: what a room's package.json exports. */
function doorsOf(room: string): ReadonlySet<string> {
  const known = doors.get(room);
  if (known) return known;
  const file = ["packages", "."]
    .map((place) => join(repository, place, room, "package.json"))
    .find((path) => existsSync(path));
  const exported = file
    ? (JSON.parse(readFileSync(file, "utf8")) as { exports?: Record<string, string> }).exports
    : {};
  const found = new Set(Object.keys(exported ?? {}).map((door) => door.replace(/^\./, room)));
  doors.set(room, found);
  return found;
}

function effectProblems(file: SourceFile): readonly Problem[] {
  if (effects.allowed.test(file.path)) return [];
  return file.code.split("\n").flatMap((line, i) => {
    const found = effects.names.exec(line);
    return found
      ? [
          `${file.path}:${i + 1}: ${found[0].replace("(", "")} touches the world; receive it instead`,
        ]
      : [];
  });
}
