// Is one recorded exchange what GitHub documents? The request as the client sent it, the answer as the server gave it.

/// Statuses that any call may be answered with, whether its own description lists them or not.
const ANYWHERE = new Set([400, 401, 403, 404, 429, 500, 502, 503]);
/// Query parameters that GitHub takes wherever an answer has pages.
const PAGES = new Set(["per_page", "page"]);

/// Returns `{ name, violations }`: the operation's name for the count, and a line for each violation.
export function check(description, exchange) {
  const url = new URL(exchange.target, "http://server.invalid");
  const path = (decodeURI(url.pathname.replace(/^\/api\/v3(?=\/|$)/, "")) || "/")
    // GitHub redirects former names of a repository to its number, and documents only the names.
    .replace(/^\/repositories\/\d+(?=\/|$)/, "/repos/owner/name");
  const found = description.operation(exchange.method, path);
  if (!found) {
    const name = `${exchange.method} ${path}`;
    // What GitHub does not document either has to be answered as unknown.
    if (exchange.status === 404 && exchange.tolerant) return { name, violations: [] };
    return { name, violations: ["request: GitHub documents no such call"] };
  }
  const name = `${exchange.method} ${found.template}`;
  const refused = exchange.status === 400 || exchange.status === 415 || exchange.status === 422;
  const request = [
    ...ofHead(description, found, exchange, url),
    ...ofBody(description, found, exchange),
  ].map((line) => `request ${line}`);
  const answer = ofAnswer(description, found, exchange).map((line) => `answer ${exchange.status} ${line}`);
  // A wrong request of a client that tests the server is in order if the server refuses it.
  const excused = exchange.tolerant && refused;
  return { name, violations: [...(excused ? [] : request), ...answer] };
}

function ofHead(description, found, exchange, url) {
  const lines = [];
  const headers = exchange.request_headers;
  if (!headers["user-agent"]) lines.push("header user-agent: GitHub refuses requests without it");
  const version = headers["x-github-api-version"];
  if (version && !/^\d{4}-\d\d-\d\d$/.test(version)) lines.push(`header x-github-api-version: ${version} is no version`);
  if (headers.accept && !/(application\/(vnd\.github[^,;]*\+?json|json|vnd\.github\.[^,;]+)|\*\/\*)/.test(headers.accept)) {
    lines.push(`header accept: ${headers.accept} is no media type of GitHub's`);
  }
  const known = new Map(
    found.parameters.filter((one) => one.in === "query").map((one) => [one.name, one]),
  );
  for (const [key, text] of url.searchParams) {
    const parameter = known.get(key);
    if (!parameter) {
      if (!(PAGES.has(key) && known.has("per_page"))) lines.push(`query /${key}: not documented for this call`);
      continue;
    }
    const said = description.violationsOf(typed(text, parameter.schema), parameter.schema);
    lines.push(...said.map((one) => `query /${key}: ${one}`));
  }
  for (const [key, parameter] of known) {
    if (parameter.required && !url.searchParams.has(key)) lines.push(`query /${key}: required`);
  }
  return lines;
}

/// The text of a query parameter as the type that its schema names.
function typed(text, schema) {
  const types = [schema?.type, ...(schema?.anyOf ?? []).map((one) => one.type)].flat();
  if (types.includes("integer") && /^-?\d+$/.test(text)) return Number(text);
  if (types.includes("boolean") && /^(true|false)$/.test(text)) return text === "true";
  if (types.includes("array")) return text.split(",");
  return text;
}

function ofBody(description, found, exchange) {
  const text = exchange.request_body ?? "";
  const documented = found.operation.requestBody;
  if (text === "") return documented?.required && demandsFields(description, found) ? ["body /: required"] : [];
  if (!documented) return /^(\{\}|null|""|\[\])$/.test(text.trim()) ? [] : ["body /: this call takes none"];
  const kind = Object.keys(documented.content)[0];
  const pointer = `${found.pointer}/requestBody/content/${kind.replaceAll("/", "~1")}/schema`;
  if (kind !== "application/json") return [];
  const lines = [];
  const sent = exchange.request_headers["content-type"] ?? "";
  if (!/^application\/(json|vnd\.github[^;]*json)/.test(sent)) lines.push(`header content-type: ${sent || "none"} for a body of JSON`);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return [...lines, "body /: no JSON"];
  }
  lines.push(...description.violations(value, pointer).map((one) => `body ${one}`));
  const may = description.properties(pointer);
  if (may && value !== null && typeof value === "object" && !Array.isArray(value)) {
    for (const key of Object.keys(value)) if (!may.has(key)) lines.push(`body /${key}: not documented for this call`);
  }
  return lines;
}

function demandsFields(description, found) {
  const schema = found.operation.requestBody.content["application/json"]?.schema;
  const { node } = description.resolve(schema, "");
  return (node?.required ?? []).length > 0;
}

function ofAnswer(description, found, exchange) {
  const { status, headers, body } = exchange;
  const lines = [];
  if (headers["x-ratelimit-limit"] === undefined) lines.push("header x-ratelimit-limit: GitHub tells what is left with every answer");
  if (headers.link && !/^<[^>]+>; rel="(next|prev|first|last)"(, <[^>]+>; rel="(next|prev|first|last)")*$/.test(headers.link)) {
    lines.push(`header link: ${headers.link} is not a list of pages`);
  }
  const documented = description.documentedAnswer(found, status);
  // GitHub answers any GET so that names the answer it would give ("Use conditional requests"), and lists it for few calls.
  if (status === 304 && exchange.method === "GET" && exchange.request_headers["if-none-match"]) {
    return body === "" ? lines : [...lines, "body /: 304 has none"];
  }
  if (!documented) {
    if (!ANYWHERE.has(status)) return [...lines, `: GitHub documents ${Object.keys(found.operation.responses).join(", ")}`];
    return [...lines, ...asError(description, headers, body)];
  }
  for (const [key, header] of Object.entries(documented.node.headers ?? {})) {
    const value = headers[key.toLowerCase()];
    if (value === undefined) continue;
    const { node } = description.resolve(header, "");
    lines.push(...description.violationsOf(typed(value, node.schema), node.schema).map((one) => `header ${key}: ${one}`));
  }
  const content = documented.node.content;
  if (!content || Object.keys(content).length === 0) {
    if (body !== "" && status < 300) lines.push("body /: GitHub answers this with an empty body");
    return lines;
  }
  if (exchange.method === "HEAD") return lines;
  const kind = Object.keys(content).find((one) => (headers["content-type"] ?? "").split(";")[0].trim() === one);
  if (!kind) {
    return [...lines, `header content-type: ${headers["content-type"]}, documented is ${Object.keys(content).join(", ")}`];
  }
  if (!kind.endsWith("json") || !content[kind].schema) return lines;
  let value;
  try {
    value = JSON.parse(body);
  } catch {
    return [...lines, "body /: no JSON"];
  }
  const pointer = `${documented.pointer}/content/${kind.replaceAll("/", "~1")}/schema`;
  return [...lines, ...description.violations(value, pointer).map((one) => `body ${one}`)];
}

/// What answers that no call documents by itself have in common.
function asError(description, headers, body) {
  if (!(headers["content-type"] ?? "").startsWith("application/json")) {
    return [`header content-type: ${headers["content-type"]} for an error`];
  }
  const value = JSON.parse(body);
  const lines = description.violations(value, "/components/schemas/basic-error").map((one) => `body ${one}`);
  for (const key of ["message", "documentation_url", "status"]) {
    if (typeof value[key] !== "string") lines.push(`body /${key}: every error of GitHub's has it`);
  }
  return lines;
}
