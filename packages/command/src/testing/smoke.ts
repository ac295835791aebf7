import assert from "node:assert/strict";
import { examplesOf, type AnyProgram } from "../command.ts";
import { formatHelp } from "../help.ts";
import { parseCommandLine } from "../parse.ts";
import { withBuiltIns } from "../run.ts";

/** Every example of every command must be understood as that command, and every command must have help. */
export function checkExamples(bare: AnyProgram): void {
  const program = withBuiltIns(bare);
  for (const command of program.commands) {
    for (const example of examplesOf(command)) {
      const [name, ...argv] = splitLine(example);
      assert.equal(name, program.name, `the example "${example}" begins with ${program.name}`);
      const parsed = parseCommandLine(program, argv);
      assert.ok(parsed.kind === "run", `the example "${example}" runs`);
      assert.equal(parsed.command.name, command.name, `the example "${example}" runs its command`);
    }
    assert.ok(formatHelp(program, command.name.split(" ")).includes(command.summary));
  }
}

/** Words of a command line; quotes keep spaces together, and "#" begins a comment. */
function splitLine(line: string): string[] {
  const words = line.replace(/\s+#.*$/, "").matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g);
  return [...words].map(([, double, single, plain]) => double ?? single ?? plain ?? "");
}
