// node validate.mjs FILE [--counts FILE]: checks recorded exchanges, one JSON object a line, against what GitHub publishes.
//
// A line: { kind: "rest" | "webhook", who, tolerant, method, target, request_headers, request_body, status, headers, body }.
// Says what was checked and each violation; the exit code is 0 only if there is none and something was checked.

import { readFileSync } from "node:fs";
import { Description } from "./description.mjs";
import { check as checkExchange } from "./exchange.mjs";
import { Payloads, check as checkWebhook } from "./webhook.mjs";

const [file] = process.argv.slice(2);
if (!file) {
  console.error("usage: node validate.mjs FILE");
  process.exit(2);
}
const description = new Description();
const payloads = new Payloads();
const seen = new Map();
const violations = new Map();
const lines = readFileSync(file, "utf8").split("\n").filter((line) => line !== "");
for (const line of lines) {
  const exchange = JSON.parse(line);
  const result = exchange.kind === "webhook"
    ? checkWebhook(description, payloads, exchange)
    : checkExchange(description, exchange);
  const status = exchange.kind === "webhook" ? "sent" : String(exchange.status);
  const key = `${result.name} → ${status}`;
  seen.set(key, (seen.get(key) ?? 0) + 1);
  for (const one of result.violations) {
    const text = `${exchange.who}: ${result.name}: ${one}`;
    violations.set(text, (violations.get(text) ?? 0) + 1);
  }
}
for (const [key, count] of [...seen].sort()) console.log(`${String(count).padStart(5)}  ${key}`);
for (const [text, count] of [...violations].sort()) console.log(`VIOLATION ${text}${count > 1 ? ` (${count} times)` : ""}`);
console.log(`${lines.length} exchanges of ${seen.size} kinds checked, ${violations.size} violations`);
process.exit(violations.size === 0 && lines.length > 0 ? 0 : 1);
