import type { AnyOption, Options, OptionText } from "./option.ts";

export interface CommentedTextOptions {
  /** Options that are given rather than commented out, by whole path, with their YAML text. */
  readonly given?: Readonly<Record<string, string>>;
  /** Columns of comment lines. */
  readonly width?: number;
}

/**
 * A whole configuration file: every option with its meaning, commented out with its default unless
 * it is given. Taking the "#" off an option's lines gives what it was before, so that people edit
 * rather than look up.
 */
export function commentedText(
  options: Options,
  { given = {}, width = 96 }: CommentedTextOptions = {},
): string {
  return `${blocks(options, { given, width, prefix: "", indent: "" }).join("\n\n")}\n`;
}

interface Layout {
  readonly given: Readonly<Record<string, string>>;
  readonly width: number;
  /** The path of the section with a dot behind it, and its indent. */
  readonly prefix: string;
  readonly indent: string;
}

function blocks(options: Options, layout: Layout): string[] {
  return Object.entries(options).flatMap(([name, known]) =>
    known.kind === "alias" ? [] : [block(name, known, layout)],
  );
}

function block(name: string, known: Exclude<AnyOption, { kind: "alias" }>, layout: Layout): string {
  const { prefix, indent } = layout;
  const path = prefix + name;
  if (known.kind === "section") {
    const inner = blocks(known.options as Options, {
      ...layout,
      prefix: `${path}.`,
      indent: `${indent}  `,
    });
    const head = [...comment(known.summary, indent, layout.width), `${indent}${name}:`];
    const isGiven = Object.keys(layout.given).some((key) => key.startsWith(`${path}.`));
    if (isGiven) return [...head, ...inner].join("\n");
    const open = inner.map((text) => text.replaceAll(/^(\s*)#(?! \S)/gm, "$1")).join("\n");
    return [...head.slice(0, -1), commentOut([`${indent}${name}:`, open].join("\n"), indent)].join(
      "\n",
    );
  }
  const value = layout.given[path];
  const preset = known.kind === "option" ? known.type.format(known.default) : "[]";
  const line = value === undefined ? `${indent}#${name}: ${preset}` : `${indent}${name}: ${value}`;
  return [...comment(sentencesOf(known), indent, layout.width), line].join("\n");
}

/** What is told of an option wherever it is told. */
export function sentencesOf({
  summary,
  cost,
  activity,
  deprecatedFor,
  isOurs,
}: OptionText): string {
  return [
    summary,
    ...(cost ? [`Cost: ${cost}`] : []),
    ...(deprecatedFor ? [`Use \`${deprecatedFor}\` instead.`] : []),
    ...(isOurs ? ["(Not an option of Antrea.)"] : []),
    ...(activity === "later" ? ["(Not active yet.)"] : []),
  ].join(" ");
}

function commentOut(text: string, indent: string): string {
  return text
    .split("\n")
    .map((line) => `${indent}#${line.slice(indent.length)}`)
    .join("\n");
}

function comment(text: string, indent: string, width: number): string[] {
  const lines: string[] = [];
  let line = `${indent}#`;
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > width && line !== `${indent}#`) {
      lines.push(line);
      line = `${indent}#`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
