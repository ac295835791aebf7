import { test } from "node:test";
import { expectGolden } from "@antrea/base/testing";
import { formatReference } from "./reference.ts";
import { netProgram } from "./testing/net-program.ts";

test("formatReference() prints a page from the list of commands", () => {
  expectGolden(new URL("../testdata/net.md", import.meta.url), formatReference(netProgram));
});
