import { agentOptions } from "./agent-options.ts";
import { sentencesOf } from "./commented-text.ts";
import { controllerOptions } from "./controller-options.ts";
import { type FeatureGate, featureGates } from "./feature-gates.ts";
import type { AnyOption, Options } from "./option.ts";

/** The page `docs/reference/configuration.md`: every option of both files, printed from their tables. */
export function configurationPage(): string {
  return [
    "# Configuration",
    "",
    "Printed from the tables in `packages/api/src/config/`; do not edit here.",
    "",
    ...introduction,
    "",
    "## antrea-agent.conf",
    "",
    ...optionTable(agentOptions),
    "",
    "## antrea-controller.conf",
    "",
    ...optionTable(controllerOptions),
    "",
    "## Feature gates",
    "",
    "Under `featureGates` in either file. *Built* says whether this version does what the gate opens.",
    "",
    ...gateTable(),
    "",
  ].join("\n");
}

const introduction = [
  "The ConfigMap `antrea-config` in `kube-system` has three keys: `antrea-agent.conf`, `antrea-controller.conf` and `antrea-cni.conflist`. A key that is missing, and an option that is not given, has its default; so does everything if there is no ConfigMap.",
  "",
  "- Words such as `noEncap` are read in any case. Times are written as in `5s` or `1m30s`.",
  '- What is misspelt, has a wrong value, or does not go together with another option, is refused: the program does not start, and its log says file, line, option, what was found, what was wanted, and the nearest valid name: `antrea-agent.conf:3:1: tunelType: There is no option "tunelType" here. Did you mean "tunnelType"?`',
  "- Options marked *later* are checked as the others are, but this version does not act on them; the program names those that are given when it starts.",
  "- `kubectl apply -f antrea.yml` writes the ConfigMap that is in it, with these defaults, also over one that you applied before: what you had set is gone, as with the original. Apply your ConfigMap after `antrea.yml`, or edit the one inside it. A ConfigMap of yours that has only `antrea-agent.conf` is enough: applied by `kubectl apply` it takes the other two keys away, and their defaults take their place.",
];

function optionTable(options: Options): string[] {
  return [
    "| option | default | wanted | what it does |",
    "|---|---|---|---|",
    ...rows(options, "").map((cells) => `| ${cells.map(cellText).join(" | ")} |`),
  ];
}

type Row = readonly [name: string, preset: string, wanted: string, text: string];

function rows(options: Options, prefix: string): Row[] {
  return Object.entries(options).flatMap(([name, known]) => optionRows(prefix + name, known));
}

function optionRows(path: string, known: AnyOption): Row[] {
  const name = `\`${path}\``;
  switch (known.kind) {
    case "section":
      return [
        [`**${name}**`, "", "", known.summary],
        ...rows(known.options as Options, `${path}.`),
      ];
    case "section-list":
      return [
        [name, "`[]`", `a list of at most ${known.most}`, sentences(known)],
        ...rows(known.options as Options, `${path}[].`),
      ];
    case "alias": {
      const parent = path.slice(0, path.lastIndexOf(".") + 1);
      return [[name, "", "", `Another name of \`${parent}${known.target.join(".")}\`.`]];
    }
    case "option":
      return [
        [name, `\`${known.type.format(known.default)}\``, known.type.wanted, sentences(known)],
      ];
  }
}

function sentences(known: Exclude<AnyOption, { kind: "alias" | "section" }>): string {
  const text = sentencesOf({ ...known, activity: "active" });
  return known.activity === "later" ? `*later* · ${text}` : text;
}

function cellText(text: string): string {
  return text.replaceAll("|", "\\|");
}

function gateTable(): string[] {
  const gates: readonly (readonly [string, FeatureGate])[] = Object.entries(featureGates);
  return [
    "| gate | in | default | stage | built |",
    "|---|---|---|---|---|",
    ...gates.map(
      ([name, gate]) =>
        `| ${name} | ${gate.components.join(", ")} | ${gate.default ? "on" : "off"}${gate.isLocked ? ", locked" : ""} | ${gate.stage} | ${gate.isBuilt ? "yes" : "no"} |`,
    ),
  ];
}
