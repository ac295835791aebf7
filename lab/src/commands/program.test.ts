import assert from "node:assert/strict";
import { test } from "node:test";
import { checkExamples } from "@antrea/command/testing";
import { program } from "./program.ts";

test("program has examples that its own parser understands, for every command", () => {
  checkExamples(program);
});

test("program offers the commands that the documents name", () => {
  const names = program.commands.map((c) => c.name);
  const documented = ["up", "down", "status", "kubeconfig", "kubectl", "exec", "logs"];
  assert.deepEqual(
    documented.filter((name) => !names.includes(name)),
    [],
  );
});
