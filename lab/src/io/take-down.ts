import { recordedLabs } from "../record/io/record-file.ts";
import { cleanLab, restoreWhatLabsShare } from "./clean.ts";
import { requireRecord } from "./lab.ts";
import { requireRoot, stateRoot } from "./places.ts";

/** Ends the lab of this name, or all labs of the machine. */
export async function takeDown(name: string | undefined): Promise<{ removed: readonly string[] }> {
  requireRoot();
  const known = recordedLabs(stateRoot());
  const names = known.filter((lab) => name === undefined || lab === name);
  for (const lab of names) await cleanLab(requireRecord(lab), stateRoot());
  await restoreWhatLabsShare(stateRoot()); // also where `up` was cut off before it wrote a record
  return { removed: names };
}
