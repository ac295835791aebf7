import { availableParallelism } from "node:os";
import { flag, oneOf, text, value, wholeNumber } from "@antrea/command";
import { countClaims } from "../conformance/conformance-run.ts";
import { runConformance } from "../conformance/io/run-conformance.ts";
import { updatePage, writeConformance } from "../conformance/io/write-conformance.ts";
import { formatConformance } from "../conformance/report-text.ts";
import { LabError } from "../errors.ts";
import { datapathTypes, defaultOptions, trafficModes, tunnelTypes } from "../options.ts";
import { type IpFamilies, ipFamilies } from "../plan/address-plan.ts";
import { define } from "./context.ts";

/** The lab that is judged, unless --name says another one: it is started, and taken down. */
const defaultName = "conformance";

export const conformance = define({
  name: "conformance",
  summary: "Let Kubernetes' own end-to-end tests judge the network",
  description:
    "Starts a lab of its own and runs those cases of sig-network in Kubernetes' e2e.test that the product claims, as lab/src/conformance/sig-network.cases lists them; all others stand there with the reason why they are left out. " +
    "The first run compiles e2e.test into the cache, 3 to 6 minutes. " +
    "It writes junit.xml, a page, and what e2e.test said of each case; the exit code is 1 if a claimed case has failed or was skipped.",
  example: [
    "antrea-lab conformance",
    "antrea-lab conformance --mode hybrid --ip-family dual",
    "antrea-lab conformance --focus 'Granular Checks: Pods'",
    "antrea-lab conformance --all --focus Services --keep",
    "antrea-lab conformance --doc docs/conformance.md",
  ],
  args: {
    mode: value("How Pods of different Nodes talk", oneOf(trafficModes), {
      default: defaultOptions.mode,
    }),
    tunnel: value("What tunnels are made of", oneOf(tunnelTypes), {
      default: defaultOptions.tunnel,
    }),
    ipFamily: value(
      "Addresses of Nodes, Pods and Services; dual is both, IPv4 first",
      oneOf(Object.keys(ipFamilies) as IpFamilies[]),
      { default: defaultOptions.ipFamily },
    ),
    datapath: value("Datapath of Open vSwitch", oneOf(datapathTypes), {
      default: defaultOptions.datapath,
    }),
    nodes: value("How many Nodes", wholeNumber(2, 200), { default: 3 }),
    subnets: value("Over how many subnets they are spread", wholeNumber(1, 16), { default: 2 }),
    focus: text("Only cases with this in their name", { placeholder: "TEXT" }),
    all: flag("Run what is left out too, for information: it does not count"),
    parallel: value("How many cases run at a time", wholeNumber(1, 32), {
      default: availableParallelism(),
      defaultText: "as many as there are processors",
    }),
    out: text("Folder of junit.xml, conformance.md and cases/", {
      default: "build/conformance",
      placeholder: "DIR",
    }),
    doc: text("A page that keeps the last run of every setup: docs/conformance.md", {
      placeholder: "FILE",
    }),
    keep: flag("Leave the lab up afterwards"),
  },
  async run({ args, labName, progress, signal }) {
    const { focus, all, parallel, out, doc, keep, ...setup } = args;
    if (doc !== undefined && focus !== undefined)
      throw new LabError({
        saw: `--doc ${doc} with --focus "${focus}"`,
        wanted: "a run of all claimed cases for a page that others read",
        remedy: `leave one of them out; the page of this run will be ${out}/conformance.md`,
      });
    const run = await runConformance({
      labName: labName === defaultOptions.name ? defaultName : labName,
      folder: out,
      ...{ setup, focus, all, parallel, keep, progress, signal },
    });
    const documents = doc === undefined ? [] : [updatePage(run, doc)];
    return { run, files: [...writeConformance(run, out), ...documents] };
  },
  data: ({ run }) => run,
  text: ({ run, files }) => `Written: ${files.join(", ")}\n${formatConformance(run)}`,
  exitCode: ({ run }) => (countClaims(run).failed > 0 ? 1 : 0),
});
