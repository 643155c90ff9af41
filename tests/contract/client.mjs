// @octokit/rest, unchanged, at the server that the environment names. Where it is, and who may do what:
// API, ORG, SERVICE_TOKEN, DANA_TOKEN, ERIN_TOKEN, APP_ID, APP_KEY, NOW (the server's time), HOOK_URL, HOOK_SECRET.

import assert from "node:assert/strict";
import { createSign } from "node:crypto";
import { Octokit } from "@octokit/rest";

const env = process.env;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

export const org = env.ORG;
export const client = (auth) => new Octokit({ auth, baseUrl: env.API, userAgent: "worksample-contract", log: quiet });
export const service = client(env.SERVICE_TOKEN);
export const dana = client(env.DANA_TOKEN);
export const erin = client(env.ERIN_TOKEN);

/// A token of the App itself, good for nine minutes.
export function appToken() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.parse(env.NOW) / 1000);
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: now - 60, exp: now + 540, iss: env.APP_ID })}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(env.APP_KEY, "base64url")}`;
}

/// The call must be refused with this status.
export async function refused(status, call) {
  await assert.rejects(call, (error) => {
    assert.equal(error.status, status, `${error.status} ${error.message}`);
    return true;
  });
}

export const base64 = (text) => Buffer.from(text).toString("base64");
