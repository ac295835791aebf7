/** `node egress-proxy-main.ts SOCKET`: listens there for the API server until it is ended. */
import { rmSync } from "node:fs";
import { egressProxy } from "./egress-proxy.ts";

const [, , socket] = process.argv;
if (!socket) throw new Error("Give the path of the socket to listen on");
rmSync(socket, { force: true }); // an earlier one's, who was killed
process.umask(0o177);
egressProxy().listen(socket);
