// @octokit/oauth-methods, unchanged, signs a person in at the server that the environment names:
// API, CLIENT_ID, CLIENT_SECRET, CALLBACK, ACCOUNT (who presses the button), ACCOUNT_ID.

import assert from "node:assert/strict";
import { checkToken, exchangeWebFlowCode, getWebFlowAuthorizationUrl } from "@octokit/oauth-methods";
import { request as octokit } from "@octokit/request";

const env = process.env;
const request = octokit.defaults({ baseUrl: env.API.replace(/\/$/, "") });
const client = { request, clientType: "github-app", clientId: env.CLIENT_ID };

// What a person's browser does: opens the page, and presses a button on it.
async function press(address, account) {
  const page = await fetch(address);
  assert.equal(page.status, 200);
  assert.match(await page.text(), new RegExp(`Continue as ${env.ACCOUNT}`));
  const form = new URL(address);
  form.searchParams.append("account", account);
  const answer = await fetch(form.origin + form.pathname, { method: "POST", redirect: "manual", body: form.searchParams });
  return new URL(answer.headers.get("location"));
}

const { url } = getWebFlowAuthorizationUrl({ ...client, redirectUrl: env.CALLBACK, state: "a-state" });
const back = await press(url, env.ACCOUNT);
assert.equal(back.origin + back.pathname, env.CALLBACK);
assert.equal(back.searchParams.get("state"), "a-state");
const code = back.searchParams.get("code");

await assert.rejects(
  exchangeWebFlowCode({ ...client, clientSecret: "wrong", code }),
  (error) => error.response.data.error === "incorrect_client_credentials",
);
const { authentication } = await exchangeWebFlowCode({ ...client, clientSecret: env.CLIENT_SECRET, code });
assert.match(authentication.token, /^ghu_/);
const me = await request("GET /user", { headers: { authorization: `token ${authentication.token}` } });
assert.equal(String(me.data.id), env.ACCOUNT_ID);
const checked = await checkToken({ ...client, clientSecret: env.CLIENT_SECRET, token: authentication.token });
assert.equal(checked.data.user.login, env.ACCOUNT);

await assert.rejects(
  exchangeWebFlowCode({ ...client, clientSecret: env.CLIENT_SECRET, code }),
  (error) => error.response.data.error === "bad_verification_code",
);
const denied = await press(url, "");
assert.equal(denied.searchParams.get("error"), "access_denied");

// Who asks for no JSON is answered with a form.
const plain = await fetch(new URL("/login/oauth/access_token", env.API), {
  method: "POST",
  body: new URLSearchParams({ client_id: env.CLIENT_ID, client_secret: env.CLIENT_SECRET, code: "made-up" }),
});
assert.equal(plain.status, 200);
assert.equal(new URLSearchParams(await plain.text()).get("error"), "bad_verification_code");
console.log("signed in");
