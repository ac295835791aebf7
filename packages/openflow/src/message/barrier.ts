import { emptyMessage } from "./definition.ts";

/** OFPT_BARRIER_REQUEST: answered when all messages before it are done. */
export const barrierRequest = emptyMessage("barrierRequest", { of: 20 });
export const barrierReply = emptyMessage("barrierReply", { of: 21 });
