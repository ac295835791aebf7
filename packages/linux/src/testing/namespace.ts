import { execFileSync } from "node:child_process";

/** A network namespace of a test's own, with the oracles that look into it. Disposed of, it is gone. */
export interface TestNamespace extends Disposable {
  readonly name: string;
  /** Its file, as a CNI runtime would pass it. */
  readonly path: string;
  /** Runs a program inside and gives back what it printed. */
  run(program: string, ...args: readonly string[]): string;
  /** `ip -json -details` inside, parsed. */
  // oxlint-disable-next-line typescript/no-explicit-any -- JSON of another program, for assertions only
  ip(...args: readonly string[]): any[];
}

let count = 0;

export function testNamespace(): TestNamespace {
  count += 1;
  const name = `antlx-${process.pid}-${count}`;
  execFileSync("ip", ["netns", "add", name]);
  const run = (program: string, ...args: readonly string[]) =>
    execFileSync("ip", ["netns", "exec", name, program, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  return {
    name,
    path: `/run/netns/${name}`,
    run,
    ip(...args) {
      const text = run("ip", "-json", "-details", ...args);
      return text.trim() === "" ? [] : JSON.parse(text);
    },
    [Symbol.dispose]: () => void execFileSync("ip", ["netns", "del", name]),
  };
}
