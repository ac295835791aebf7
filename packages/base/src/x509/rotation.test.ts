import assert from "node:assert/strict";
import { test } from "node:test";
import { certificateRotation, defaultTerms } from "./rotation.ts";

const hour = 3600_000;
const year = 365 * 24 * hour;

/** Authorities and certificates whose text says by whom they are and when they end. */
function world() {
  let authorities = 0;
  return certificateRotation(async (nowMs, forMs) => {
    const name = `ca-${++authorities}`;
    const notAfterMs = nowMs + forMs;
    return {
      cert: `${name} `,
      notAfterMs,
      issue: async (fromMs, lastsMs) => {
        const endsMs = Math.min(fromMs + lastsMs, notAfterMs);
        return { cert: `${name} ${endsMs}`, key: "", notAfterMs: endsMs };
      },
    };
  });
}

test("certificateRotation() shows for forty years what is valid, by an authority that was told of a day before", async () => {
  const rotation = world();
  const toldSince = new Map<string, number>();
  const shown = new Set<string>();
  for (let nowMs = 0; nowMs < 40 * year; nowMs += 12 * hour) {
    const { cert, authorities } = await rotation.current(nowMs);
    for (const name of authorities.trim().split(" "))
      if (!toldSince.has(name)) toldSince.set(name, nowMs);
    const [by = "", ends] = cert.split(" ");
    assert.ok(Number(ends) - nowMs > defaultTerms.renewMs - 24 * hour, `${cert} at ${nowMs}`);
    const heardMs = nowMs - (toldSince.get(by) ?? Number.POSITIVE_INFINITY);
    assert.ok(by === "ca-1" || heardMs >= defaultTerms.announceMs, `${by} after ${heardMs}`);
    assert.ok(authorities.split(" ").includes(by));
    shown.add(cert);
  }
  assert.equal(toldSince.size, 5, "an authority lasts ten years, less one");
  assert.ok(shown.size > 50 && shown.size < 70, `${shown.size} certificates`);
});

test("certificateRotation() shows the same while nothing ends", async () => {
  const rotation = world();
  const first = await rotation.current(0);
  assert.deepEqual(await rotation.current(1), first);
  assert.deepEqual(await rotation.current(0.7 * year), first);
});

test("certificateRotation() begins anew after a sleep longer than all terms", async () => {
  const rotation = world();
  await rotation.current(0);
  const { cert, authorities } = await rotation.current(100 * year);
  assert.equal(authorities, "ca-2 ");
  assert.match(cert, /^ca-2 /);
});

test("certificateRotation() makes anew what was made in a future that a clock set back has taken away", async () => {
  const rotation = world();
  await rotation.current(2 * year);
  assert.match((await rotation.current(2 * year - 0.9 * hour)).cert, /^ca-1 /, "it has begun");
  const back = await rotation.current(year);
  assert.equal(back.cert, `ca-2 ${2 * year}`);
  assert.equal(back.authorities, "ca-2 ");
  const again = await rotation.current(3 * year);
  assert.match(again.cert, /^ca-2 /, "forward again: the authority is good for ten years");
  assert.equal((await rotation.current(2 * year)).cert, `ca-2 ${3 * year}`);
});
