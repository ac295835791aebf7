/**
 * Looks for policies that are not enforced as the specifications say, for as long as is wanted: first
 * what is computed of clusters at random, then what a real switch does by its flows and with packets, each
 * for a third of the time.
 * `fuzz.ts MINUTES [SEED]`. What it finds is shrunk; the seed finds it again.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { repository } from "./repository.ts";

const [minutes = "10", seed] = process.argv.slice(2);
const searches = [
  "packages/policy/src/reference/differential.test.ts",
  "packages/agent/src/policy/differential.ovs.test.ts",
];
if (!(Number(minutes) > 0)) {
  console.error(`MINUTES is ${minutes}, but must be a number above 0`);
  process.exit(2);
}
const env = {
  ...process.env,
  FUZZ_MINUTES: `${Number(minutes) / 3}`,
  ...(seed === undefined ? {} : { FUZZ_SEED: seed }),
};
const codes = searches.map((file) => {
  console.log(`${file}: ${env.FUZZ_MINUTES} minutes`);
  const options = { cwd: repository, env, stdio: "inherit" } as const;
  return spawnSync(process.execPath, ["--test", join(repository, file)], options).status;
});
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
