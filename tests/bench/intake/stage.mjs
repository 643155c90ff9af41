// What the benches share: a service with one provisioned work sample, a push to its repository, and the end of it all.

import { execFileSync, spawn } from "node:child_process";
import { createHmac, generateKeyPairSync, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const here = dirname(fileURLToPath(import.meta.url));
const program = resolve(process.argv[2] ?? join(here, "../../../target/release/worksample"));
export const connections = Number(process.env.CONNECTIONS ?? 64);
export const secret = randomBytes(16).toString("hex");
const folder = resolve(process.env.BENCH_DIR ?? join(here, "../../../target/bench-intake"));
mkdirSync(folder, { recursive: true });
export const data = mkdtempSync(join(folder, "run-"));
const children = [];

const pause = (milliseconds) => new Promise((later) => setTimeout(later, milliseconds));

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((ready) => server.once("listening", ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/// Starts the program, or `command`, with this environment and no other.
export function start(name, args, env, command = program) {
  const log = openSync(join(data, `${name}.log`), "a");
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", log, log] });
  children.push(child);
  return child;
}

export async function listens(port) {
  for (let tries = 0; tries < 200; tries += 1) {
    const there = await new Promise((answer) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => answer(true)).once("error", () => answer(false));
      socket.once("close", () => answer(false));
      socket.once("connect", () => socket.destroy());
    });
    if (there) return;
    await pause(50);
  }
  throw new Error(`nothing listens on port ${port}; see the logs in ${data}`);
}

/// A service with one provisioned work sample: so the repository in the payload is known, and each delivery is kept.
export async function service() {
  const stand = await freePort();
  const port = await freePort();
  const base = {
    WORKSAMPLE_DATA_DIR: join(data, "service"), WORKSAMPLE_BIND: `127.0.0.1:${port}`, WORKSAMPLE_GITHUB_ORG: "bench",
    WORKSAMPLE_GITHUB_API_URL: `http://127.0.0.1:${stand}`, WORKSAMPLE_WEBHOOK_SECRET: secret,
    WORKSAMPLE_TOKEN_KEY: randomBytes(32).toString("hex"), HOME: data,
    WORKSAMPLE_LOG: process.env.WORKSAMPLE_LOG ?? "info",
  };
  const standIn = spawn(program, ["stand-in", "--bind", `127.0.0.1:${stand}`, "--data", join(data, "stand-in"), "--org", "bench", "--user", "toni"], {
    env: { PATH: process.env.PATH }, stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(standIn);
  let said = "";
  standIn.stdout.on("data", (text) => { said += text; });
  while (!said.includes("token of toni")) await pause(50);
  const env = { ...base, WORKSAMPLE_GITHUB_TOKEN: said.match(/token of worksample-bot: (\S+)/)[1] };
  const run = (...args) => execFileSync(program, args, { env: { PATH: process.env.PATH, ...env }, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  run("spec", "publish", join(here, "../../../specs/order-idempotency"));
  const launched = JSON.parse(run("launch", "order-idempotency", "--candidate", "Toni", "--email", "toni@example.com", "--by", "Lea", "--json"));
  const setUp = start("serve", ["serve"], env);
  const url = `http://127.0.0.1:${port}`;
  await listens(port);
  const token = launched.candidate_token;
  const due = new Date(Date.now() + 5 * 24 * 3600 * 1000).toISOString();
  const accepted = await fetch(`${url}/api/v1/offer/accept`, {
    method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ login: "toni", due_at: due }),
  });
  if (!accepted.ok) throw new Error(`accepting: ${await accepted.text()}`);
  const [{ id }] = JSON.parse(run("show", "--json"));
  let repository;
  for (let tries = 0; !repository; tries += 1) {
    if (tries > 200) throw new Error(`the repository did not come; see the logs in ${data}`);
    await pause(100);
    const answer = await fetch(`http://127.0.0.1:${stand}/orgs/bench/repos`, { headers: { authorization: `Bearer ${env.WORKSAMPLE_GITHUB_TOKEN}`, "user-agent": "bench" } });
    const state = JSON.parse(run("show", id, "--json"));
    if ((state.state ?? state.work_sample?.state) === "provisioned") [repository] = await answer.json();
  }
  await stop(setUp);
  return { port, env, repository };
}

export async function stop(child) {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  await new Promise((ended) => child.once("exit", ended));
}

/// A push of about 7 KB to the known repository.
export function payload(repository) {
  const require = createRequire(import.meta.url);
  const { examples } = require("@octokit/webhooks-examples").find((one) => one.name === "push");
  const push = structuredClone(examples.sort((a, b) => Math.abs(JSON.stringify(a).length - 7000) - Math.abs(JSON.stringify(b).length - 7000))[0]);
  push.repository = { ...push.repository, id: repository.id, name: repository.name, full_name: repository.full_name };
  delete push.installation;
  const body = JSON.stringify(push);
  const path = join(data, "push.json");
  writeFileSync(path, body);
  return { path, body, bytes: body.length, signature: `sha256=${createHmac("sha256", secret).update(body).digest("hex")}` };
}

/// Ends all that was started and takes its folder away, unless KEEP is set.
export function end() {
  for (const child of children) child.kill("SIGKILL");
  if (!process.env.KEEP) rmSync(data, { recursive: true, force: true });
}
