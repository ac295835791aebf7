import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAgentConfig } from "./agent-config.ts";
import { agentOptions } from "./agent-options.ts";
import { commentedText } from "./commented-text.ts";
import { controllerOptions } from "./controller-options.ts";
import { parseControllerConfig } from "./controller-config.ts";
import { defaultsOf, optionPaths, readOptions } from "./reader.ts";

/** What a person does who wants a line to count. */
function uncomment(text: string): string {
  return text.replaceAll(/^(\s*)#(?! \S)/gm, "$1");
}

for (const [name, options] of Object.entries({ agentOptions, controllerOptions })) {
  test(`commentedText() of ${name} says nothing as it stands`, () => {
    const { given, problems } = readOptions(commentedText(options), "f", options);
    assert.deepEqual(problems, []);
    assert.equal(given.size, 0);
  });

  test(`commentedText() of ${name} gives every option its default once the # is taken off`, () => {
    const { given, problems, config } = readOptions(
      uncomment(commentedText(options)),
      "f",
      options,
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(config, defaultsOf(options));
    const missing = optionPaths(options).filter(
      (path) => !given.has(path) && !isAlias(options, path),
    );
    assert.deepEqual(missing, []);
  });
}

test("commentedText() gives what it is told to give", () => {
  const agent = commentedText(agentOptions, { given: { trafficEncapMode: "hybrid" } });
  const parsed = parseAgentConfig(agent, "f");
  assert.ok(parsed.kind === "accepted" && parsed.config.trafficEncapMode === "hybrid");

  const given = { "nodeIPAM.enableNodeIPAM": "true", "nodeIPAM.clusterCIDRs": '["10.10.0.0/16"]' };
  const controller = parseControllerConfig(commentedText(controllerOptions, { given }), "f");
  assert.ok(controller.kind === "accepted" && controller.config.nodeIPAM.enableNodeIPAM);
  assert.deepEqual(controller.config.nodeIPAM.clusterCIDRs, ["10.10.0.0/16"]);
});

function isAlias(options: Readonly<Record<string, unknown>>, path: string): boolean {
  let here: unknown = { options };
  for (const name of path.split("."))
    here = (here as { options: Record<string, unknown> }).options[name];
  return (here as { kind: string }).kind === "alias";
}
