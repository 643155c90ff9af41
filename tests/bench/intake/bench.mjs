// node bench.mjs WORKSAMPLE: how many webhooks a second a `worksample serve` keeps, beside servers that keep nothing.
// See README.md. ROUNDS, SECONDS and CONNECTIONS in the environment change how long and how hard.

import { execFileSync } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { join } from "node:path";

import { connections, data, end, freePort, here, listens, payload, secret, service, start, stop } from "./stage.mjs";

const rounds = Number(process.env.ROUNDS ?? 5);
const seconds = Number(process.env.SECONDS ?? 8);

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
    { name: "worksample serve", port, start: () => start("serve", ["serve"], env), durable: true },
    { name: "worksample serve --web-only", port, start: () => start("serve", ["serve", "--web-only"], env), durable: true },
    { name: "@octokit/webhooks no-op", port: ports.octokit, start: () => start("octokit", [join(here, "noop-octokit.mjs")], { ...node, PORT: String(ports.octokit) }, "node") },
    { name: "probot no-op", port: ports.probot, start: () => start("probot", [join(here, "noop-probot.mjs")], { ...node, PORT: String(ports.probot) }, "node") },
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
  end();
}
