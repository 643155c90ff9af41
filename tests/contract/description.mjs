// GitHub's own description of its REST API, ready to validate with.
//
// The description is OpenAPI 3.0 and 13 MB: its schemas are compiled one by one, when an exchange first needs them.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const find = createRequire(import.meta.url).resolve;

/// An ajv that takes schemas as GitHub writes them.
export function validator() {
  const ajv = new Ajv({
    allErrors: true,
    strict: false,
    validateSchema: false,
    coerceTypes: false,
    addUsedSchema: false,
  });
  addFormats(ajv);
  ajv.addFormat("repo.nwo", /^[^/\s]+\/[^/\s]+$/);
  ajv.addFormat("timestamp", { type: "number", validate: Number.isSafeInteger });
  return ajv;
}

/// OpenAPI 3.0 says `nullable`, JSON Schema says so with a type of its own. And GitHub's alternatives overlap (an error
/// fits each kind of error), so that "exactly one of them" would refuse what GitHub itself answers: any of them it is.
function plain(schema) {
  if (Array.isArray(schema)) {
    schema.forEach(plain);
    return;
  }
  if (schema === null || typeof schema !== "object") return;
  Object.values(schema).forEach(plain);
  if (Array.isArray(schema.oneOf) && !schema.anyOf) {
    schema.anyOf = schema.oneOf;
    delete schema.oneOf;
  }
  if (schema.nullable !== true) return;
  delete schema.nullable;
  if (typeof schema.type === "string" && !schema.allOf && !schema.anyOf && !schema.oneOf) {
    schema.type = [schema.type, "null"];
    if (Array.isArray(schema.enum) && !schema.enum.includes(null)) schema.enum.push(null);
    return;
  }
  const other = { ...schema };
  for (const key of Object.keys(schema)) delete schema[key];
  schema.anyOf = [{ type: "null" }, other];
}

function escape(segment) {
  return segment.replaceAll("~", "~0").replaceAll("/", "~1");
}

/// What the description itself gets wrong, measured by the examples it gives for the same call.
function correct(document) {
  // An installation belongs to a user or to an enterprise; here alone it says to both at once.
  const items = document.paths["/app/installations"].get.responses["200"].content["application/json"].schema.items;
  const account = items.properties.account.anyOf.find((one) => one.allOf);
  if (account) {
    account.anyOf = account.allOf;
    delete account.allOf;
  }
}

export class Description {
  constructor() {
    const path = find("@octokit/openapi/package.json").replace(
      /package\.json$/,
      "generated/api.github.com.json",
    );
    this.document = JSON.parse(readFileSync(path, "utf8"));
    plain(this.document.paths);
    plain(this.document["x-webhooks"]);
    plain(this.document.components);
    correct(this.document);
    this.ajv = validator();
    this.ajv.addSchema(this.document, "github");
    this.compiled = new Map();
    this.routes = Object.keys(this.document.paths).map((path) => this.route(path));
  }

  /// What stands behind a `$ref`, and where.
  resolve(node, pointer) {
    while (node?.$ref) {
      pointer = node.$ref.slice(1);
      node = pointer
        .split("/")
        .slice(1)
        .reduce((at, step) => at[step.replaceAll("~1", "/").replaceAll("~0", "~")], this.document);
    }
    return { node, pointer };
  }

  route(path) {
    const item = this.document.paths[path];
    const operations = Object.values(item).filter((one) => one?.operationId);
    const long = new Set(
      operations
        .flatMap((one) => one.parameters ?? [])
        .filter((one) => one["x-multi-segment"])
        .map((one) => one.name),
    );
    // A branch or a ref may hold slashes too, though the description does not say so of every path.
    for (const name of ["ref", "branch"]) if (path.includes("/repos/")) long.add(name);
    const pattern = path
      // The root of a repository's files may be asked for without a path.
      .replace(/\/\{path\}$/, "{/path}")
      .split(/(\{[^}]+\})/)
      .map((part) =>
        part === "{/path}" ? "(?:/(.*))?"
        : part.startsWith("{") ? (long.has(part.slice(1, -1)) ? "(.+)" : "([^/]+)")
        : part.replace(/[.*+?^$()|[\]\\]/g, "\\$&"),
      )
      .join("");
    const fixed = path.split("/").map((part) => (part.startsWith("{") ? "1" : "0")).join("");
    return { path, item, pattern: new RegExp(`^${pattern}$`), fixed };
  }

  /// The operation that answers `method path`: of all paths that fit, the one with the most fixed words in front.
  operation(method, path) {
    const fitting = this.routes
      .filter((one) => one.pattern.test(path) && one.item[method.toLowerCase()])
      .sort((a, b) => (`${a.fixed}2` < `${b.fixed}2` ? -1 : 1));
    if (fitting.length === 0) return undefined;
    const { path: template, item } = fitting[0];
    const pointer = `/paths/${escape(template)}/${method.toLowerCase()}`;
    const operation = item[method.toLowerCase()];
    const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(
      (one) => this.resolve(one, "").node,
    );
    return { template, operation, pointer, parameters };
  }

  /// The webhook of an event and its action, as `issues-opened`.
  webhook(event, action) {
    const dashed = (text) => text.replaceAll("_", "-");
    const names = action ? [`${event}-${action}`, event] : [event];
    const name = names.map(dashed).find((one) => this.document["x-webhooks"][one]);
    if (!name) return undefined;
    const operation = this.document["x-webhooks"][name].post;
    const content = Object.keys(operation.requestBody.content)[0];
    return {
      name,
      headers: operation.parameters.map((one) => one.name.toLowerCase()),
      pointer: `/x-webhooks/${name}/post/requestBody/content/${escape(content)}/schema`,
    };
  }

  /// Checks a value against the schema at a pointer; returns violations as texts.
  violations(value, pointer) {
    let check = this.compiled.get(pointer);
    if (!check) {
      check = this.ajv.compile({ $ref: `github#${encodeURI(pointer)}` });
      this.compiled.set(pointer, check);
    }
    return check(value) ? [] : texts(check.errors);
  }

  /// The same for a schema that stands by itself, as a parameter's does.
  violationsOf(value, schema) {
    const check = this.ajv.compile(schema);
    return check(value) ? [] : texts(check.errors);
  }

  documentedAnswer(found, status) {
    const responses = found.operation.responses;
    const key = [String(status), `${String(status)[0]}XX`, "default"].find((one) => responses[one]);
    return key && this.resolve(responses[key], `${found.pointer}/responses/${key}`);
  }

  /// The properties a request body may have, all alternatives together; undefined where any may.
  properties(pointer) {
    const start = pointer.split("/").slice(1).reduce(
      (at, step) => at[step.replaceAll("~1", "/").replaceAll("~0", "~")],
      this.document,
    );
    const names = new Set();
    const open = (schema) => {
      const { node } = this.resolve(schema, "");
      if (!node) return true;
      const parts = [...(node.allOf ?? []), ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
      for (const name of Object.keys(node.properties ?? {})) names.add(name);
      if (node.additionalProperties === true || typeof node.additionalProperties === "object") return true;
      return parts.some(open);
    };
    return open(start) ? undefined : names;
  }
}

/// One line an error: where in the value, and what the schema says. The deepest first, for they say most.
export function texts(errors) {
  const depth = (error) => error.instancePath.split("/").length;
  const lines = [...errors]
    .filter((error) => !["anyOf", "oneOf", "if"].includes(error.keyword) || errors.length === 1)
    .sort((a, b) => depth(b) - depth(a))
    .map((error) => {
      const said = error.params?.allowedValues ? `${error.message}: ${error.params.allowedValues.join(", ")}` : error.message;
      return `${error.instancePath || "/"}: ${said} (${error.schemaPath})`;
    });
  return [...new Set(lines)];
}
