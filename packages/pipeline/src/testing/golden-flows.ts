import { expectGolden } from "@antrea/base/testing";
import { type Flow, formatFlows } from "@antrea/openflow/flow";
import { tableNames } from "../tables.ts";

/** Compares flows with `testdata/<file>.flows`, in the dialect of `ovs-ofctl dump-flows --names --no-stats`. */
export function expectFlows(file: string, owner: string, flows: readonly Flow[]): void {
  const text = formatFlows(flows, { cookie: false, tableName: (id) => tableNames.get(id) });
  expectGolden(new URL(`../../testdata/${file}.flows`, import.meta.url), `# ${owner}\n${text}`);
}
