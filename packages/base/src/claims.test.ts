import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Claims } from "./claims.ts";

test("Claims has what a map of owners would have, in its order", () => {
  const owner = fc.constantFrom("a", "b", "c");
  const step = fc.oneof(
    fc.record({ verb: fc.constant("set" as const), owner, value: fc.nat(9) }),
    fc.record({ verb: fc.constant("delete" as const), owner }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const claims = new Claims<number>();
      const map = new Map<string, number>();
      for (const one of steps) {
        if (one.verb === "set") {
          claims.set(one.owner, one.value);
          map.set(one.owner, one.value);
        } else {
          claims.delete(one.owner);
          map.delete(one.owner);
        }
        assert.deepEqual(claims.owners(), [...map.keys()]);
        assert.deepEqual(claims.values(), [...map.values()]);
        assert.equal(claims.size, map.size);
        for (const who of ["a", "b", "c"]) assert.equal(claims.get(who), map.get(who));
      }
    }),
  );
});
