// node keypair.mjs: prints an RSA key pair in PEM as JSON, for an App that lives as long as one test.

import { generateKeyPairSync } from "node:crypto";

const pem = { type: "spki", format: "pem" };
const pair = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: pem,
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});
console.log(JSON.stringify(pair));
