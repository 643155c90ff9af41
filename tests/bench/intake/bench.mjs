// node bench.mjs WORKSAMPLE: how many webhooks a second a `worksample serve` keeps, beside servers that keep nothing.
// See README.md. ROUNDS, SECONDS and CONNECTIONS in the environment change how long and how hard.

import { execFileSync, spawn } from "node:child_process";
import { createHmac, generateKeyPairSync, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const program = resolve(process.argv[2] ?? join(here, "../../../target/release/worksample"));
const rounds = Number(process.env.ROUNDS ?? 5);
const seconds = Number(process.env.SECONDS ?? 8);
const connections = Number(process.env.CONNECTIONS ?? 64);
const secret = randomBytes(16).toString("hex");
const folder = resolve(process.env.BENCH_DIR ?? join(here, "../../../target/bench-intake"));
mkdirSync(folder, { recursive: true });
const data = mkdtempSync(join(folder, "run-"));
const children = [];

const pause = (milliseconds) => new Promise((later) => setTimeout(later, milliseconds));

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((ready) => server.once("listening", ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

function start(name, command, args, env) {
  const log = openSync(join(data, `${name}.log`), "a");
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", log, log] });
  children.push(child);
  return child;
}

async function listens(port) {
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
async function service() {
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
  const setUp = start("serve", program, ["serve"], env);
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

async function stop(child) {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  await new Promise((ended) => child.once("exit", ended));
}

/// A push of about 7 KB to the known repository.
function payload(repository) {
  const require = createRequire(import.meta.url);
  const { examples } = require("@octokit/webhooks-examples").find((one) => one.name === "push");
  const push = structuredClone(examples.sort((a, b) => Math.abs(JSON.stringify(a).length - 7000) - Math.abs(JSON.stringify(b).length - 7000))[0]);
  push.repository = { ...push.repository, id: repository.id, name: repository.name, full_name: repository.full_name };
  delete push.installation;
  const body = JSON.stringify(push);
  const path = join(data, "push.json");
  writeFileSync(path, body);
  return { path, bytes: body.length, signature: `sha256=${createHmac("sha256", secret).update(body).digest("hex")}` };
}

function load(port, push, length) {
  const salt = randomBytes(4).toString("hex");
  const said = execFileSync("wrk", ["-t1", `-c${connections}`, `-d${length}s`, "-s", join(here, "deliver.lua"), `http://127.0.0.1:${port}`], {
    env: { ...process.env, PAYLOAD: push.path, SIGNATURE: push.signature, SALT: salt }, encoding: "utf8", timeout: (length + 30) * 1000,
  });
  const result = JSON.parse(said.match(/RESULT (.*)/)[1]);
  if (result.refused + result.broken > 0) throw new Error(`not every delivery was taken: ${said}`);
  return { ...result, salt, rate: (result.requests * 1e6) / result.microseconds };
}

/// How many of the deliveries with this salt are on disk.
function kept(salt) {
  const script = "import sqlite3, sys; print(sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True).execute('select count(*) from deliveries where guid like ?', (sys.argv[2] + '-%',)).fetchone()[0])";
  return Number(execFileSync("python3", ["-c", script, join(data, "service/worksample.db"), salt], { encoding: "utf8" }));
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

try {
  const { port, env, repository } = await service();
  const push = payload(repository);
  const node = { WEBHOOK_SECRET: secret, NODE_ENV: "production", PRIVATE_KEY: generateKeyPairSync("rsa", {
    modulusLength: 2048, publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs1", format: "pem" },
  }).privateKey };
  const ports = { octokit: await freePort(), probot: await freePort() };
  const contestants = [
    { name: "worksample serve", port, start: () => start("serve", program, ["serve"], env), durable: true },
    { name: "worksample serve --web-only", port, start: () => start("serve", program, ["serve", "--web-only"], env), durable: true },
    { name: "@octokit/webhooks no-op", port: ports.octokit, start: () => start("octokit", "node", [join(here, "noop-octokit.mjs")], { ...node, PORT: String(ports.octokit) }) },
    { name: "probot no-op", port: ports.probot, start: () => start("probot", "node", [join(here, "noop-probot.mjs")], { ...node, PORT: String(ports.probot) }) },
  ];
  console.log(`${push.bytes} bytes, ${connections} connections, ${rounds} rounds of ${seconds} s each, interleaved`);
  for (const one of contestants) one.results = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const one of contestants) {
      const child = one.start();
      await listens(one.port);
      load(one.port, push, 2);
      const result = load(one.port, push, seconds);
      one.results.push(result);
      let note = "";
      if (one.durable) {
        child.kill("SIGKILL");
        await new Promise((ended) => child.once("exit", ended));
        const onDisk = kept(result.salt);
        if (onDisk < result.requests) throw new Error(`${result.requests} deliveries were acknowledged, ${onDisk} are on disk`);
        note = `; after kill -9, ${onDisk} on disk of ${result.requests} acknowledged`;
      } else {
        await stop(child);
      }
      console.log(`round ${round}  ${one.name.padEnd(28)} ${result.rate.toFixed(0).padStart(6)} requests/s  p50 ${result.p50.toFixed(1)} ms  p99 ${result.p99.toFixed(1)} ms  max ${result.max.toFixed(1)} ms${note}`);
    }
  }
  const rate = (one) => median(one.results.map((result) => result.rate));
  const p99 = (one) => median(one.results.map((result) => result.p99));
  console.log("\nmedians");
  for (const one of contestants) console.log(`${one.name.padEnd(28)} ${rate(one).toFixed(0).padStart(6)} requests/s  p99 ${p99(one).toFixed(1)} ms`);
  const [whole, web, octokit, probot] = contestants;
  for (const one of [whole, web]) {
    console.log(`${one.name}: ${(rate(one) / rate(probot)).toFixed(2)} times probot, ${(rate(one) / rate(octokit)).toFixed(2)} times @octokit/webhooks`);
  }
} finally {
  for (const child of children) child.kill("SIGKILL");
  if (!process.env.KEEP) rmSync(data, { recursive: true, force: true });
}
