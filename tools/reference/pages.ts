import { configurationPage, crdPage } from "@antrea/api";
import { antctlReference } from "@antrea/antctl/reference";
import { labReference } from "@antrea/lab/reference";
import { cniPage } from "./cni-page.ts";
import { metricsPage } from "./metrics-page.ts";
import { pipelinePage } from "./pipeline-page.ts";
import { placesPage } from "./places-page.ts";

/** Every page of docs/reference that is printed, by file name. */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ["antctl.md", antctlReference()],
    ["antrea-lab.md", labReference()],
    ["cni.md", cniPage()],
    ["configuration.md", configurationPage()],
    ["crds.md", crdPage()],
    ["files-and-ports.md", placesPage()],
    ["metrics.md", metricsPage()],
    ["pipeline.md", pipelinePage()],
  ]);
}
