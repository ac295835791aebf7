/**
 * Files of the modules `wanted` and of all that they need, in an order in which each may be loaded.
 * Paths are those of `modulesDep`, the text of modules.dep(5); a module that it does not name is
 * built into the kernel, and left out.
 */
export function moduleOrder(modulesDep: string, wanted: readonly string[]): readonly string[] {
  const needs = parseModulesDep(modulesDep);
  const pathByName = new Map([...needs.keys()].map((path) => [moduleName(path), path]));
  const ordered = new Set<string>();
  const add = (path: string): void => {
    if (ordered.has(path)) return;
    needs.get(path)?.forEach(add);
    ordered.add(path);
  };
  for (const name of wanted) {
    const path = pathByName.get(moduleName(name));
    if (path !== undefined) add(path);
  }
  return [...ordered];
}

function parseModulesDep(text: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    text.split("\n").flatMap((line) => {
      const [path, needs] = line.split(":");
      if (!path || needs === undefined) return [];
      return [[path, needs.split(" ").filter(Boolean)] as const];
    }),
  );
}

/** "kernel/fs/9p/9p.ko" is the module 9p; dash and underscore are the same. */
function moduleName(path: string): string {
  return path
    .slice(path.lastIndexOf("/") + 1)
    .replace(/\.ko(\.\w+)?$/, "")
    .replaceAll("-", "_");
}
