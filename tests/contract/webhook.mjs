// Is one webhook what GitHub sends? Its headers and payload against two descriptions: the one that GitHub publishes with
// its REST API, and the schemas that octokit's maintainers wrote from real payloads.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { texts, validator } from "./description.mjs";

const find = createRequire(import.meta.url).resolve;

/// Where octokit's schemas are narrower than GitHub's own description, and why GitHub's word counts.
const NARROWER = [
  // Written from first pings only: a later one tells how the hook's last delivery went.
  ["ping", /^\/hook\/last_response\//],
  // Nobody asked for an App that an owner installed: GitHub says null, octokit knows only the person.
  ["installation", /^\/requester:/],
];

export class Payloads {
  constructor() {
    const path = find("@octokit/webhooks-schemas/package.json").replace(/package\.json$/, "schema.json");
    const document = JSON.parse(readFileSync(path, "utf8"));
    // They are older than what GitHub sends today: a field they do not know is no violation, a missing one is.
    open(document);
    this.definitions = document.definitions;
    this.ajv = validator();
    this.ajv.addKeyword("tsAdditionalProperties");
    this.ajv.addSchema(document, "octokit");
    this.compiled = new Map();
  }

  violations(event, action, payload) {
    const name = [`${event}$${action}`, `${event}$event`].find((one) => this.definitions[one]);
    if (!name) return [];
    if (!this.compiled.has(name)) {
      this.compiled.set(name, this.ajv.compile({ $ref: `octokit#/definitions/${name}` }));
    }
    const check = this.compiled.get(name);
    if (check(payload)) return [];
    const excused = (line) => NARROWER.some(([one, place]) => one === event && place.test(line));
    return texts(check.errors).filter((line) => !excused(line));
  }
}

function open(schema) {
  if (Array.isArray(schema)) {
    schema.forEach(open);
    return;
  }
  if (schema === null || typeof schema !== "object") return;
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  Object.values(schema).forEach(open);
}

/// Returns `{ name, violations }` like an exchange's check.
export function check(description, payloads, exchange) {
  const headers = exchange.request_headers;
  const event = headers["x-github-event"] ?? "";
  let payload;
  try {
    payload = JSON.parse(exchange.request_body);
  } catch {
    return { name: `webhook ${event}`, violations: ["payload /: no JSON"] };
  }
  const action = payload.action;
  const name = ["webhook", event, action].filter(Boolean).join(" ");
  const found = description.webhook(event, action);
  if (!found) return { name, violations: ["payload /: GitHub documents no such webhook"] };
  const violations = [];
  for (const header of found.headers) {
    if (!headers[header]) violations.push(`header ${header}: missing`);
  }
  if (!/^GitHub-Hookshot\//.test(headers["user-agent"] ?? "")) violations.push(`header user-agent: ${headers["user-agent"]}`);
  if (!/^[0-9a-f-]{36}$/.test(headers["x-github-delivery"] ?? "")) violations.push("header x-github-delivery: no GUID");
  if (!/^sha256=[0-9a-f]{64}$/.test(headers["x-hub-signature-256"] ?? "")) violations.push("header x-hub-signature-256: no HMAC");
  violations.push(...description.violations(payload, found.pointer).map((one) => `payload ${one} [GitHub]`));
  violations.push(...payloads.violations(event, action, payload).map((one) => `payload ${one} [octokit]`));
  return { name, violations };
}
