import { countClaims, type ConformanceRun, hasPassed, setupTitle } from "./conformance-run.ts";
import type { LeftOut } from "./select-cases.ts";

/**
 * A page with this run in it. What `earlier` says of other setups stays, each in a section of its
 * own; the section of this setup, and the list of what is left out, are written anew.
 */
export function conformancePage(run: ConformanceRun, earlier = ""): string {
  const sections = new Map(readSections(earlier));
  sections.set(setupTitle(run.setup), section(run));
  const inOrder = [...sections].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    head,
    ...inOrder.flatMap(([title, text]) => [begin(title), text.trim(), end, ""]),
    "## Left out",
    "",
    ...leftOutLists(run.leftOut.filter((one) => !one.isClaimedElsewhere)),
  ].join("\n");
}

const head = `# What Kubernetes' own tests say

Written by \`antrea-lab conformance\`; do not edit. The judge is \`e2e.test\`, compiled from the release of Kubernetes that the lab runs. Of its cases of \`sig-network\`, those that this product claims have to pass, each in a real cluster with several Nodes in two subnets. Every other case stands below, with the reason why it is left out. Which is which is decided in [lab/src/conformance/sig-network.cases](../lab/src/conformance/sig-network.cases).

\`\`\`sh
make conformance                                    # build/conformance/: junit.xml, conformance.md, a log of each case
make conformance MODE=hybrid IP_FAMILY=dual
./antrea-lab conformance --focus DNS                # some of them
./antrea-lab conformance --doc docs/conformance.md  # this page
\`\`\`
`;

const begin = (title: string): string => `<!-- run: ${title} -->`;
const end = "<!-- end of run -->";

function readSections(page: string): readonly (readonly [string, string])[] {
  const found = page.matchAll(/<!-- run: (.+?) -->\n([\s\S]*?)<!-- end of run -->/g);
  return [...found].map(([, title = "", text = ""]) => [title, text] as const);
}

function section(run: ConformanceRun): string {
  const { passed, failed } = countClaims(run);
  const { nodes, subnets } = run.setup;
  const facts = [
    `${run.startedAt.slice(0, 16).replace("T", " ")} UTC`,
    `Kubernetes ${run.kubernetesVersion}`,
    `product ${run.productVersion}`,
    `${nodes} Nodes in ${subnets} subnet${subnets === 1 ? "" : "s"}`,
    ...(run.focus === undefined ? [] : [`only cases with "${run.focus}" in their name`]),
  ];
  const groups = Map.groupBy(run.claimed, ({ shows }) => shows);
  return [
    `## ${setupTitle(run.setup)}: ${passed} passed, ${failed} failed`,
    "",
    `${facts.join(", ")}.`,
    "",
    "| case | result | seconds |",
    "|---|---|---:|",
    ...[...groups].flatMap(([shows, results]) => [
      `| **${cell(shows)}** | | |`,
      ...results.map(
        (result) =>
          `| ${cell(shortName(result.name))} | ${hasPassed(result) ? "passed" : "**failed**"} | ${result.outcome.seconds.toFixed(1)} |`,
      ),
    ]),
    "",
  ].join("\n");
}

function leftOutLists(leftOut: readonly LeftOut[]): readonly string[] {
  return [...Map.groupBy(leftOut, ({ reason }) => reason)].flatMap(([reason, cases]) => [
    `**${reason}** (${cases.length})`,
    "",
    ...cases.map(({ name }) => `- ${text(shortName(name))}`),
    "",
  ]);
}

/** All are of sig-network; the page need not say it each time. */
function shortName(name: string): string {
  return name.replace(/^\[sig-network\] /, "");
}

const cell = (value: string): string => text(value).replaceAll("|", "\\|");
/** Names have brackets, stars and signs in them that Markdown would take for its own. */
const text = (value: string): string => value.replaceAll(/[\\`*_<>[\]]/g, "\\$&");
