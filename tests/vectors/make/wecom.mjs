// Makes ../wecom.json with WeCom's own library: npm install @wecom/crypto; node wecom.mjs
import { writeFileSync } from "node:fs";
import crypto from "@wecom/crypto";

const TOKEN = "QDG6eK";
const KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
const OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const CORP = "wx5823bf96d3bd56c7";
const BASE = "https://hooks.example.com/in/wecom";
const SENT = "1780000000";
const MESSAGE =
  "<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName><FromUserName><![CDATA[mycreate]]>" +
  "</FromUserName><CreateTime>1780000000</CreateTime><MsgType><![CDATA[text]]></MsgType>" +
  "<Content><![CDATA[grüße <MsgType>event</MsgType>]]></Content><MsgId>1234567890123456</MsgId>" +
  "<AgentID>218</AgentID></xml>";

const envelope = (text) =>
  `<xml><ToUserName><![CDATA[${CORP}]]></ToUserName><Encrypt><![CDATA[${text}]]></Encrypt>` +
  "<AgentID><![CDATA[218]]></AgentID></xml>";

const accepts = ({ token, key, corp }, query, text) => {
  if (crypto.getSignature(token, query.timestamp, query.nonce, text) !== query.msg_signature) {
    return false;
  }
  try {
    return crypto.decrypt(key, text).id === corp;
  } catch {
    return false;
  }
};

const request = (text, changes = {}, echo = false) => {
  const query = { msg_signature: "", timestamp: SENT, nonce: "1372623149" };
  query.msg_signature = crypto.getSignature(TOKEN, SENT, query.nonce, text);
  return { text, echo, query: { ...query, ...changes } };
};

const flipped = (text, at) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);

const text = crypto.encrypt(KEY, MESSAGE, CORP);
const echostr = crypto.encrypt(KEY, "1616140317555161061", CORP);
const right = request(text);
const ours = { token: TOKEN, key: KEY, corp: CORP };
const cases = {
  message: [ours, right],
  echostr: [ours, request(echostr, {}, true)],
  empty_message: [ours, request(crypto.encrypt(KEY, "", CORP))],
  thirty_two_bytes_of_padding: [ours, request(crypto.encrypt(KEY, "x".repeat(26), CORP))],
  other_token: [{ ...ours, token: "QDG6eL" }, right],
  other_key: [{ ...ours, key: OTHER_KEY }, right],
  other_corp: [{ ...ours, corp: "wx0000000000000000" }, right],
  corp_cut: [{ ...ours, corp: CORP.slice(0, -1) }, right],
  other_nonce: [ours, request(text, { nonce: "1372623140" })],
  other_time: [ours, request(text, { timestamp: "1780000001" })],
  other_signature: [ours, request(text, { msg_signature: "0".repeat(40) })],
  ciphertext_changed: [ours, { ...right, text: flipped(text, 40) }],
  ciphertext_cut: [ours, { ...right, text: text.slice(0, 64) }],
  signed_ciphertext_cut: [ours, request(text.slice(0, 64))],
  signed_ciphertext_empty_blocks: [ours, request("AAAA".repeat(16))],
  message_of_another_corp: [ours, request(crypto.encrypt(KEY, MESSAGE, "wx0000000000000000"))],
};

const vectors = Object.entries(cases).map(([name, [secret, made]]) => {
  const query = new URLSearchParams(made.echo ? { ...made.query, echostr: made.text } : made.query);
  return {
    provider: "wecom",
    scheme: "sorted_sha1_aes",
    case: name,
    secret: `${secret.token}:${secret.key}:${secret.corp}`,
    method: made.echo ? "GET" : "POST",
    url: `${BASE}?${query}`,
    headers: made.echo ? {} : { "content-type": "text/xml" },
    body: Buffer.from(made.echo ? "" : envelope(made.text)).toString("base64"),
    expect: accepts(secret, made.query, made.text) ? "accept" : "reject",
    made_by: "npm:@wecom/crypto 1.0.1 getSignature, encrypt and decrypt",
    now: null,
    extra: { opened: { echostr: "1616140317555161061", message: MESSAGE }[name] ?? null },
  };
});
const lines = JSON.stringify(vectors, null, 1).replace(/,\n  "extra": \{\n   "opened": null\n  \}/g, "");
writeFileSync(new URL("../wecom.json", import.meta.url), `${lines}\n`);
