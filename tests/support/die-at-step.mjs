import fs from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";

/*
 * Loaded into a process before anything else (`node --import`): kills it, as `kill -9` does, right before the n-th
 * thing that it changes on disk or in a database, n being DIE_AT_STEP. Reading is no step, and neither is a beginning.
 */

const { DIE_AT_STEP } = process.env;
let steps = 0;

function step() {
  steps += 1;
  if (steps === Number(DIE_AT_STEP)) process.kill(process.pid, "SIGKILL");
}

function before(object, name, isStep = () => true) {
  const original = object[name];
  object[name] = function counted(...given) {
    if (isStep(...given)) step();
    return original.apply(this, given);
  };
}

for (const name of ["renameSync", "writeFileSync", "rmSync", "linkSync", "copyFileSync"]) before(fs, name);
syncBuiltinESMExports();

const writes = (sql) =>
  /^\s*(insert|update|delete|create|alter|drop|commit|vacuum)\b/i.test(
    typeof sql === "string" ? sql : (sql?.text ?? ""),
  ) && !/if not exists/i.test(typeof sql === "string" ? sql : sql.text);
const require = createRequire(import.meta.url);
const { prototype: postgres } = require("pg").Client;
before(postgres, "query", writes);
// Closing is one too: the moment after the last commit.
before(postgres, "end");

const { prototype: sqlite } = require("libsql");
before(sqlite, "exec", writes);
before(sqlite, "close");
const { prepare } = sqlite;
sqlite.prepare = function prepareCounted(sql) {
  const statement = prepare.call(this, sql);
  if (writes(sql)) for (const name of ["run", "all"]) before(statement, name);
  return statement;
};
