// Makes ../ebay.json with eBay's own SDK and the examples that it is tested with:
// npm install event-notification-nodejs-sdk; node ebay.mjs
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const sdk = "event-notification-nodejs-sdk";
const published = require(`${sdk}/test/test.json`);
const client = require(`${sdk}/lib/client.js`);
const { validateSignature } = require(`${sdk}/lib/validator.js`);

const KEY = published.VALID.response;

const judge = async (message, header, response) => {
  client.getPublicKey = async () => response; // it would ask eBay, with a token of the app
  try {
    return await validateSignature(message, header, {});
  } catch {
    return false;
  }
};

const vector = async (name, message, header, response = KEY) => ({
  provider: "ebay",
  scheme: "ecdsa_sha1",
  case: name,
  secret: response.key,
  method: "POST",
  url: "https://hooks.example.com/in/provider",
  headers: { ...(header === null ? {} : { "x-ebay-signature": header }) },
  body: Buffer.from(JSON.stringify(message)).toString("base64"),
  expect: header !== null && (await judge(message, header, response)) ? "accept" : "reject",
  made_by: `npm:${sdk} 1.0.3 test/test.json, judged by lib/validator.js validateSignature`,
  now: null,
});

const { message, signature } = published.VALID;
const inside = JSON.parse(Buffer.from(signature, "base64").toString());
const wrapped = (changes) => Buffer.from(JSON.stringify({ ...inside, ...changes })).toString("base64");
const changed = structuredClone(message);
changed.notification.data.username = "somebody_else";

const vectors = [
  await vector("published_valid", message, signature),
  await vector("published_mismatch", published.SIGNATURE_MISMATCH.message, published.SIGNATURE_MISMATCH.signature),
  await vector("published_invalid", published.INVALID.message, published.INVALID.signature),
  await vector("body_changed", changed, signature),
  await vector("signature_missing", message, null),
  await vector("signature_empty", message, wrapped({ signature: "" })),
  await vector("signature_of_something_else", message, published.SIGNATURE_MISMATCH.signature),
  await vector("header_not_json", message, Buffer.from("garbage").toString("base64")),
];
writeFileSync(new URL("../ebay.json", import.meta.url), `${JSON.stringify(vectors, null, 1)}\n`);
