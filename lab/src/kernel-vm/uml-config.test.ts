import assert from "node:assert/strict";
import { test } from "node:test";
import { missingOptions, umlConfig } from "./uml-config.ts";

test("umlConfig() says of each option once what it is", () => {
  const names = [...umlConfig().matchAll(/CONFIG_\w+/g)].map(([name]) => name);
  assert.deepEqual(
    names.filter((name, at) => names.indexOf(name) !== at),
    [],
  );
});

test("missingOptions() names what a kernel would lack", () => {
  assert.deepEqual(missingOptions(umlConfig()), []);
  const without = umlConfig().replace("CONFIG_NF_CONNTRACK_ZONES=y", "");
  assert.deepEqual(missingOptions(without), ["CONFIG_NF_CONNTRACK_ZONES=y"]);
});
