import { type Arg, type Args } from "./arg.ts";
import { type Command, examplesOf, namesOf, type AnyProgram } from "./command.ts";
import { exitCodes } from "./failure.ts";
import { argNotes, optionText, positionalText, usageLine } from "./help.ts";
import { optionsOf } from "./options.ts";
import { withBuiltIns } from "./run.ts";

/** A Markdown page about every command that is not hidden. Text in, text out; `--check` compares. */
export function formatReference(bare: AnyProgram): string {
  const program = withBuiltIns(bare);
  const commands = program.commands.filter(({ isHidden }) => !isHidden);
  const blocks = [
    `# ${program.name}`,
    `<!-- Printed from the list of commands. Do not edit: change the command and run the generator. -->`,
    `${program.summary}.`,
    program.description,
    table(
      ["command", "what it does"],
      commands.map((c) => [`[\`${c.name}\`](#${anchor(program, c)})`, c.summary]),
    ),
    ...optionsSection("## Options of every command", globalRows(program)),
    "## Exit codes",
    table(
      ["code", "meaning"],
      Object.values(exitCodes).map(({ code, meaning }) => [String(code), meaning]),
    ),
    ...commands.flatMap((command) => commandBlocks(program, command)),
  ];
  return `${blocks.filter((block) => block).join("\n\n")}\n`;
}

function commandBlocks(program: AnyProgram, command: Command): (string | undefined)[] {
  const [, ...aliases] = namesOf(command);
  const positionals = Object.values((command.positionals ?? {}) as Args).map(
    (arg: Arg<unknown>): Row => [`\`${positionalText(arg)}\``, argNotes(arg)],
  );
  const rest: Row[] = command.rest ? [[`\`${command.rest.placeholder}\``, command.rest.help]] : [];
  const options = optionsOf(program, command)
    .filter(({ scope, name }) => scope !== "program" && name !== "help")
    .map((option): Row => [`\`${optionText(option).trim()}\``, argNotes(option.arg)]);
  return [
    `## ${program.name} ${command.name}`,
    `${command.summary}.`,
    command.description && asMarkdown(command.description),
    code([usageLine(program, command)]),
    aliases.length > 0 ? `Also: ${aliases.map((name) => `\`${name}\``).join(", ")}.` : undefined,
    ...optionsSection(undefined, [...positionals, ...rest, ...options]),
    "Examples:",
    code(examplesOf(command)),
  ];
}

function globalRows(program: AnyProgram): readonly Row[] {
  return optionsOf(program).map((option) => [
    `\`${optionText(option).trim()}\``,
    argNotes(option.arg),
  ]);
}

function optionsSection(
  title: string | undefined,
  rows: readonly Row[],
): readonly (string | undefined)[] {
  return rows.length === 0 ? [] : [title, table(["argument", "meaning"], rows)];
}

type Row = readonly [string, string];

function table(head: Row, rows: readonly Row[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  return [head, ["---", "---"] as const, ...rows]
    .map((row) => `| ${row.map(cell).join(" | ")} |`)
    .join("\n");
}

function code(lines: readonly string[]): string {
  return ["```text", ...lines, "```"].join("\n");
}

/** Indented lines of a description are shown as they stand. */
function asMarkdown(text: string): string {
  return text
    .replaceAll(/(?:^ {2}.*(?:\n|$))+/gm, (block) => `\n${code([block.trimEnd()])}\n`)
    .trim();
}

function anchor(program: AnyProgram, command: Command): string {
  return `${program.name} ${command.name}`.toLowerCase().replaceAll(" ", "-");
}
