import assert from "node:assert/strict";
import { test } from "node:test";
import { type HealthCheck, healthAnswer } from "./health.ts";

const well: HealthCheck = { name: "database", findProblem: () => undefined };
const ill: HealthCheck = { name: "switch", findProblem: () => "it does not answer" };
const plain = { verbose: false, exclude: [] };

test("healthAnswer() is one word while all is well", () => {
  assert.deepEqual(healthAnswer("readyz", [well], plain), { status: 200, text: "ok" });
});

test("healthAnswer() names each check where it is asked to, and after a failure with the reason", () => {
  assert.deepEqual(healthAnswer("livez", [well], { ...plain, verbose: true }), {
    status: 200,
    text: "[+]database ok\nlivez check passed\n",
  });
  assert.deepEqual(healthAnswer("readyz", [well, ill], plain), {
    status: 500,
    text: "[+]database ok\n[-]switch failed: it does not answer\nreadyz check failed\n",
  });
});

test("healthAnswer() asks one check by its name, and says which there are for another name", () => {
  assert.equal(healthAnswer("readyz", [well, ill], { ...plain, only: "database" }).text, "ok");
  assert.equal(healthAnswer("readyz", [well, ill], { ...plain, only: "switch" }).status, 500);
  assert.deepEqual(healthAnswer("readyz", [well, ill], { ...plain, only: "etcd" }), {
    status: 404,
    text: "There are database, switch\n",
  });
});

test("healthAnswer() leaves out what is excluded, and says what of it there is not", () => {
  const { status, text } = healthAnswer("readyz", [well, ill], {
    verbose: true,
    exclude: ["switch", "etcd"],
  });
  assert.equal(status, 200);
  assert.equal(
    text,
    "[+]database ok\nwarn: some health checks cannot be excluded: no matches for etcd\nreadyz check passed\n",
  );
});
