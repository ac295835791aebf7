export { type ConnectOptions, connectSwitch } from "./connect-switch.ts";
