import { parseShape, shape, type ShapeType } from "@antrea/base";
import { LabError } from "../errors.ts";
import type { Outcome } from "./conformance-run.ts";

/** What is read of Ginkgo's JSON report (types.Report): one entry for each case, run or not. */
const report = shape.list(
  shape.object({
    SpecReports: shape.optional(
      shape.list(
        shape.object({
          ContainerHierarchyTexts: shape.optional(shape.list(shape.text)),
          LeafNodeText: shape.text,
          State: shape.text,
          /** In nanoseconds. */
          RunTime: shape.number,
          Failure: shape.optional(
            shape.object({
              Message: shape.text,
              /** Only where the case panicked. */
              ForwardedPanic: shape.optional(shape.text),
              Location: shape.object({
                FileName: shape.optional(shape.text),
                LineNumber: shape.optional(shape.number),
              }),
            }),
          ),
        }),
      ),
    ),
  }),
);

type SpecReport = NonNullable<ShapeType<typeof report>[number]["SpecReports"]>[number];

/** How the case of this name ended. One that `e2e.test` skipped has shown nothing, so it has failed. */
export function readSpecReport(json: string, name: string): Outcome {
  const parsed = parseShape(report, JSON.parse(json));
  if ("problem" in parsed) throw unreadable(parsed.problem);
  const specs = parsed.value.flatMap(({ SpecReports = [] }) => SpecReports);
  const own = specs.find((spec) => fullText(spec) === name);
  if (!own) throw unreadable(`it has no case "${name}"`);
  const seconds = own.RunTime / 1e9;
  if (own.State === "passed") return { kind: "passed", seconds };
  return { kind: "failed", seconds, message: whyNot(own, specs) };
}

/** As Ginkgo's SpecReport.FullText() has it. */
function fullText({ ContainerHierarchyTexts = [], LeafNodeText }: SpecReport): string {
  return [...ContainerHierarchyTexts, LeafNodeText].filter((text) => text !== "").join(" ");
}

function whyNot(own: SpecReport, specs: readonly SpecReport[]): string {
  if (own.State === "skipped" && own.Failure?.Message)
    return `e2e.test skipped it: ${own.Failure.Message}`;
  // Where the suite could not begin, no case was run, and the reason stands at its set-up.
  const guilty = own.State === "skipped" ? specs.find(({ State }) => isBad(State)) : own;
  if (!guilty?.Failure) return `e2e.test says "${own.State}" and no reason`;
  const { Message, ForwardedPanic = "", Location } = guilty.Failure;
  const { FileName = "", LineNumber = 0 } = Location;
  const place = FileName === "" ? "" : `\nat ${FileName}:${LineNumber}`;
  return `${[guilty.State, Message, ForwardedPanic].filter((part) => part !== "").join(": ")}${place}`;
}

const isBad = (state: string): boolean => !["passed", "skipped", "pending"].includes(state);

function unreadable(problem: string): LabError {
  return new LabError({
    saw: `The report of e2e.test cannot be understood: ${problem}`,
    wanted: "Ginkgo's JSON report",
    remedy: "read what e2e.test said, in the log beside the report",
  });
}
