import assert from "node:assert/strict";
import { test } from "node:test";
import { otherOptions, umlConfig } from "./uml-config.ts";

test("umlConfig() says of each option once what it is", () => {
  const names = [...umlConfig().matchAll(/CONFIG_\w+/g)].map(([name]) => name);
  assert.deepEqual(
    names.filter((name, at) => names.indexOf(name) !== at),
    [],
  );
});

test("otherOptions() names what a kernel would lack, and what it would have too much", () => {
  assert.deepEqual(otherOptions(umlConfig()), []);
  const without = umlConfig().replace("CONFIG_NF_CONNTRACK_ZONES=y", "");
  assert.deepEqual(otherOptions(without), ["CONFIG_NF_CONNTRACK_ZONES=y"]);
  const withStacks = `${umlConfig()}CONFIG_VMAP_STACK=y\n`;
  assert.deepEqual(otherOptions(withStacks), ["# CONFIG_VMAP_STACK is not set"]);
});
