// node own.mjs FILE OPENAPI: the service's own description, held against the OpenAPI specification by a third-party
// validator; and recorded exchanges of the service's API held against that description.

import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import addFormats from "ajv-formats";
import Ajv2020 from "ajv/dist/2020.js";
import { texts } from "./description.mjs";

const [file, described] = process.argv.slice(2);
const document = JSON.parse(readFileSync(described, "utf8"));
const violations = new Map();
const violate = (text) => violations.set(text, (violations.get(text) ?? 0) + 1);

const whole = await new Validator().validate(structuredClone(document));
if (!whole.valid) {
  for (const one of [whole.errors].flat()) violate(`description: ${typeof one === "string" ? one : JSON.stringify(one)}`);
}

const ajv = new Ajv2020({ allErrors: true, strict: false, validateSchema: false });
addFormats(ajv);
ajv.addSchema(document, "own");
const compiled = new Map();

function against(value, pointer) {
  if (!compiled.has(pointer)) compiled.set(pointer, ajv.compile({ $ref: `own#${encodeURI(pointer)}` }));
  const check = compiled.get(pointer);
  return check(value) ? [] : texts(check.errors);
}

const escape = (text) => text.replaceAll("~", "~0").replaceAll("/", "~1");
const routes = Object.keys(document.paths).map((path) => ({
  path,
  pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, "[^/]+")}$`),
}));

function check(exchange) {
  const url = new URL(exchange.target, "http://server.invalid");
  const fitting = routes.filter((one) => one.pattern.test(url.pathname));
  const found = fitting.find((one) => !one.path.includes("{")) ?? fitting[0];
  const method = exchange.method.toLowerCase();
  const operation = found && document.paths[found.path][method];
  const name = operation ? `${exchange.method} ${found.path}` : `${exchange.method} elsewhere`;
  const lines = [];
  const kind = (exchange.headers["content-type"] ?? "").split(";")[0];
  if (!operation) {
    if (exchange.status < 400) lines.push("answered, but not described");
  }
  if (exchange.status >= 400) lines.push(...ofProblem(exchange, kind));
  if (!operation) return { name, lines };
  const pointer = `/paths/${escape(found.path)}/${method}`;
  const known = new Set((operation.parameters ?? []).filter((one) => one.in === "query").map((one) => one.name));
  if (exchange.status < 400) {
    for (const key of url.searchParams.keys()) if (!known.has(key)) lines.push(`query /${key}: not described`);
    const body = operation.requestBody?.content["application/json"];
    if (exchange.request_body && !operation.requestBody) lines.push("request body /: not described");
    if (exchange.request_body && body?.schema) {
      const sent = JSON.parse(exchange.request_body);
      lines.push(...against(sent, `${pointer}/requestBody/content/application~1json/schema`).map((one) => `request body ${one}`));
    }
  }
  const status = [String(exchange.status), "default"].find((one) => operation.responses[one]);
  if (!status) return { name, lines: [...lines, `answer ${exchange.status}: not described`] };
  const content = operation.responses[status].content;
  if (!content) return { name, lines };
  if (!content[kind]) return { name, lines: [...lines, `answer ${exchange.status}: ${kind || "no media type"}, described is ${Object.keys(content).join(", ")}`] };
  if (kind.endsWith("json") && content[kind].schema) {
    const at = `${pointer}/responses/${status}/content/${escape(kind)}/schema`;
    lines.push(...against(JSON.parse(exchange.body), at).map((one) => `answer ${exchange.status} body ${one}`));
  }
  return { name, lines };
}

/// RFC 9457: the media type, and members that agree with the answer.
function ofProblem(exchange, kind) {
  if (kind !== "application/problem+json") return [`answer ${exchange.status}: ${kind || "no media type"} instead of a problem`];
  const problem = JSON.parse(exchange.body);
  const lines = against(problem, "/components/schemas/Problem").map((one) => `problem ${one}`);
  if (problem.status !== exchange.status) lines.push(`problem /status: ${problem.status}, answered with ${exchange.status}`);
  if (problem.type !== `urn:worksample:problem:${problem.code}`) lines.push(`problem /type: ${problem.type} for the code ${problem.code}`);
  if (!/^[a-z][a-z0-9_]*$/.test(problem.code)) lines.push(`problem /code: ${problem.code}`);
  if (typeof problem.detail !== "string" || problem.detail.length < 10) lines.push("problem /detail: says nothing");
  if (exchange.status === 401 && !exchange.headers["www-authenticate"]) lines.push("answer 401: without WWW-Authenticate");
  return lines;
}

/// Examples hold to the schemas that they illustrate.
function checkExamples(node, pointer) {
  if (node === null || typeof node !== "object") return;
  if (node.schema && node.example !== undefined) {
    for (const one of against(node.example, `${pointer}/schema`)) violate(`example at ${pointer}: ${one}`);
  }
  for (const [key, child] of Object.entries(node)) {
    if (key !== "example" && key !== "examples") checkExamples(child, `${pointer}/${escape(key)}`);
  }
}
checkExamples(document.paths, "/paths");
for (const [name, schema] of Object.entries(document.components.schemas)) {
  for (const example of schema.examples ?? []) {
    for (const one of against(example, `/components/schemas/${name}`)) violate(`example of ${name}: ${one}`);
  }
}

const seen = new Map();
const lines = readFileSync(file, "utf8").split("\n").filter((line) => line !== "");
for (const line of lines) {
  const exchange = JSON.parse(line);
  const result = check(exchange);
  const key = `${result.name} → ${exchange.status}`;
  seen.set(key, (seen.get(key) ?? 0) + 1);
  for (const one of result.lines) violate(`${result.name}: ${one}`);
}
const untried = Object.entries(document.paths)
  .flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`))
  .filter((name) => ![...seen.keys()].some((key) => key.startsWith(`${name} → 2`)));
for (const [key, count] of [...seen].sort()) console.log(`${String(count).padStart(5)}  ${key}`);
for (const name of untried) console.log(`UNTRIED ${name}`);
for (const [text, count] of [...violations].sort()) console.log(`VIOLATION ${text}${count > 1 ? ` (${count} times)` : ""}`);
console.log(`OpenAPI ${document.openapi}: ${lines.length} exchanges of ${seen.size} kinds checked, ${violations.size} violations`);
process.exit(violations.size === 0 && lines.length > 0 ? 0 : 1);
