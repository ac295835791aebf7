import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { commandScript, emulatedGuest, firstStage, secondStage, userModeGuest } from "./guest.ts";

test("commandScript() runs the words in the folder, with these variables and no others", () => {
  const script = commandScript({
    argv: ["sh", "-c", 'printf "%s|" "$PWD" "$SPOKEN" "$HOME" "$1"', "sh", "it's"],
    folder: "/usr/lib",
    env: { PATH: "/usr/bin:/bin", SPOKEN: "two words" },
  });
  const { stdout, stderr } = spawnSync("sh", ["-c", script], { env: { HOME: "/somewhere" } });
  assert.equal(stderr.toString(), "");
  assert.equal(stdout.toString(), "/usr/lib|two words||it's|");
});

test("firstStage and secondStage() are scripts that a shell can read", () => {
  const modules = "/root/it's here/modules";
  const disk = {
    images: ["/cache/it's/one", "/cache/it's/two"],
    programs: "/bin of ours",
  } as const;
  for (const machine of [emulatedGuest, userModeGuest])
    for (const input of [
      firstStage(machine),
      secondStage({ machine, modules }),
      secondStage({ machine, modules, disk }),
    ])
      assert.equal(spawnSync("sh", ["-n"], { input }).stderr.toString(), "");
});
