/** For those who need a table or column of their own: types of values, and all tables known. */
export * from "./atom.ts";
export * from "./column.ts";
export * from "./open-vswitch.ts";
export * from "./table.ts";
export * from "./uuid.ts";
