// Makes ../wix.json with Wix's own SDK: npm install @wix/sdk; node wix.mjs
// The SDK takes RS512 and others from the token itself; we take RS256 alone, so no case says it.
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.cwd()}/`);
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { AppStrategy, createClient } = await load("@wix/sdk");
const { SignJWT } = await load("jose");

const NOW = 1780000000;
Date.now = () => NOW * 1000;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length ? given : [NOW * 1000]));
  }
};

const pair = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = (key) => key.export({ type: "spki", format: "pem" }).trim();
const ours = pair();
const other = pair();

const EVENT = {
  data: JSON.stringify({ id: "e1", entityFqdn: "wix.contacts.v4.contact", slug: "created", text: "grüße" }),
  instanceId: "8d0b1a9c-1f6d-4f1e-8f0a-0c7f7e3f5a11",
  eventType: "wix.contacts.v4.contact_created",
  identity: JSON.stringify({ identityType: "ADMIN", wixUserId: "u1" }),
};

const token = (said, key = ours.privateKey, alg = "RS256") =>
  new SignJWT({ iat: NOW, exp: NOW + 3600, ...said }).setProtectedHeader({ alg }).sign(key);

const vector = async (name, jwt, key = ours.publicKey) => {
  const client = createClient({ auth: AppStrategy({ appId: "a", publicKey: pem(key) }), modules: {} });
  const accepted = await client.webhooks.process(jwt).then(
    () => true,
    () => false,
  );
  return {
    provider: "wix",
    scheme: "jwt_rs256_body",
    case: name,
    secret: pem(key),
    method: "POST",
    url: "https://hooks.example.com/in/provider",
    headers: { "content-type": "text/plain" },
    body: Buffer.from(jwt).toString("base64"),
    expect: accepted ? "accept" : "reject",
    made_by: "npm:@wix/sdk 1.21.16 AppStrategy, webhooks.process; tokens by npm:jose",
    now: NOW,
  };
};

const data = JSON.stringify(EVENT);
const right = await token({ data });
const [head, payload, signature] = right.split(".");
const none = Buffer.from('{"alg":"none"}').toString("base64url");
const secret = new TextEncoder().encode(pem(ours.publicKey));
const vectors = [
  await vector("event", right),
  await vector("expired", await token({ data, exp: NOW - 60 })),
  await vector("not_yet_valid", await token({ data, nbf: NOW + 600 })),
  await vector("other_key", await token({ data }, other.privateKey)),
  await vector("public_key_as_shared_secret", await token({ data }, secret, "HS256")),
  await vector("algorithm_none", `${none}.${payload}.`),
  await vector("signature_cut", `${head}.${payload}.${signature.slice(0, -4)}`),
  await vector("payload_changed", `${head}.${payload.slice(0, -1)}.${signature}`),
  await vector("data_is_no_text", await token({ data: EVENT })),
  await vector("data_is_no_json", await token({ data: "{" })),
  await vector("no_data", await token({})),
];
writeFileSync(new URL("../wix.json", import.meta.url), `${JSON.stringify(vectors, null, 1)}\n`);
