// Oracles on npm: requests in on standard input, verdicts out on the last line of standard output.
// A verdict is true, false, or null where the oracle crashes. See the README beside this file.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

const folder = process.env.ORACLES_NODE;
const require = createRequire(path.join(folder, "package.json"));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);

/** A file that its package does not export. */
const inside = (file) => require(path.join(folder, "node_modules", file));

const lower = (headers) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** Whether the promise is kept; any of these errors is a refusal, any other is none. */
async function refusing(expected, ask) {
  try {
    return (await ask()) !== false;
  } catch (error) {
    if (expected.test(`${error.name}: ${error.message}`)) return false;
    throw error;
  }
}

/** Stands in for what n8n gives to the code of a node. */
function n8n(file) {
  const helpers = require(`n8n-nodes-base/dist/nodes/${file}`);
  const verify = helpers.verifySignature ?? helpers.verifyWebhook;
  return ({ headers, body, secret, url }) =>
    verify.call({
      getRequestObject: () => ({
        rawBody: body,
        body: parsed(body),
        header: (name) => headers[name],
      }),
      getHeaderData: () => headers,
      getWorkflowStaticData: () => ({ webhookSecret: secret, hookSecret: secret }),
      getNodeParameter: (_, otherwise) => otherwise,
      getCredentials: async () => ({ oauthSecret: secret, webhookSigningKey: secret }),
      getNodeWebhookUrl: () => url,
    });
}

function parsed(body) {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** trigger.dev's table says how a provider signs; its engine, bundled from source, judges by it. */
function trigger(provider) {
  const { webhookProviderConfigs } = inside("@trigger.dev/core/dist/commonjs/v3/webhooks/index.js");
  const { verify } = require(path.join(folder, "trigger-verification.cjs"));
  const config = webhookProviderConfigs[provider].config();
  return ({ headers, body, secret, url }) =>
    verify({ kind: "config", config }, { rawBytes: body, headers, secret, url }).ok;
}

function tern(platform) {
  const { WebhookVerificationService } = require("@hookflo/tern");
  return async ({ method, url, headers, body, secret }) => {
    const request = new Request(url, { method, headers, body });
    const result = await WebhookVerificationService.verify(request, { platform, secret });
    return result.isValid;
  };
}

function xhub(algorithm, header) {
  return async ({ headers, body, secret }) => {
    const XHubSignature = (await load("x-hub-signature")).default;
    const given = headers[header];
    return given !== undefined && new XHubSignature(algorithm, secret).verify(given, body);
  };
}

async function clerk({ method, url, headers, body, secret }) {
  const { verifyWebhook } = await load("@clerk/backend/webhooks");
  const request = new Request(url, { method, headers, body });
  const refused = /signature|headers|timestamp/i;
  return refusing(refused, () => verifyWebhook(request, { signingSecret: secret }));
}

async function uploadthing({ headers, body, secret }) {
  const { verifySignature } = await load("@uploadthing/shared");
  const own = createRequire(path.join(folder, "node_modules/@uploadthing/shared/package.json"));
  const [Micro, Redacted] = await Promise.all(
    ["Micro", "Redacted"].map((name) => {
      const file = path.join(path.dirname(own.resolve("effect")), `../esm/${name}.js`);
      return import(pathToFileURL(file).href);
    }),
  );
  const given = headers["x-uploadthing-signature"] ?? null;
  const verdict = verifySignature(body.toString(), given, Redacted.make(secret));
  return Micro.runPromise(verdict);
}

function turnkey({ headers, body, secret }) {
  const { verifyTurnkeyWebhookSignature } = require("@turnkey/crypto");
  const publicKey = Buffer.from(secret, "base64").toString("hex");
  const verificationKeys = [{ keyId: "key-1", publicKey, algorithm: "ed25519" }];
  const all = { headers, body, verificationKeys, maxTimestampAgeMs: 300_000 };
  const result = verifyTurnkeyWebhookSignature(all);
  if (!result.ok && /key/.test(result.reason ?? "")) throw new Error(result.reason);
  return result.ok;
}

function cashfree({ headers, body, secret }) {
  const { Cashfree, CFEnvironment } = require("cashfree-pg");
  const client = new Cashfree(CFEnvironment.SANDBOX, "id", secret);
  const [given, time] = ["x-webhook-signature", "x-webhook-timestamp"].map((name) => headers[name]);
  const refused = /Generated signature and received signature did not match/;
  return refusing(refused, () => client.PGVerifyWebhookSignature(given, body.toString(), time));
}

async function chargebee({ headers, secret }) {
  const { basicAuthValidator } = inside("chargebee/cjs/resources/webhook/auth.js");
  const at = secret.indexOf(":");
  const right = (name, word) => name === secret.slice(0, at) && word === secret.slice(at + 1);
  const refused = /credential|authorization|auth/i;
  return refusing(refused, () => basicAuthValidator(right)(headers));
}

function x({ headers, body, secret }) {
  const { validateSignature } = require("twitter-autohook");
  const refused = /header .* not found|same byte length|RangeError/;
  return refusing(refused, () => validateSignature(headers, { consumer_secret: secret }, body));
}

async function webex({ headers, body, secret }) {
  const { CiscoWebexTrigger } = require(
    "n8n-nodes-base/dist/nodes/Cisco/Webex/CiscoWebexTrigger.node.js",
  );
  const found = await CiscoWebexTrigger.prototype.webhook.call({
    getBodyData: () => parsed(body),
    getWorkflowStaticData: () => ({ secret }),
    getHeaderData: () => headers,
    getRequestObject: () => ({ rawBody: body }),
    getNodeParameter: () => false,
    helpers: { returnJsonArray: (one) => [one] },
  });
  return "workflowData" in found;
}

const JUDGES = {
  asana: () => n8n("Asana/AsanaTriggerHelpers.js"),
  attio: () => trigger("attio"),
  autumn: () => trigger("autumn"),
  bitbucket: () => xhub("sha256", "x-hub-signature"),
  cal_com: () => n8n("Cal/CalTriggerHelpers.js"),
  calendly: () => n8n("Calendly/CalendlyTriggerHelpers.js"),
  cashfree: () => cashfree,
  chargebee: () => chargebee,
  clerk: () => clerk,
  confluence: () => xhub("sha256", "x-hub-signature"),
  customer_io: () => n8n("CustomerIo/CustomerIoTriggerHelpers.js"),
  docusign: () => trigger("docusign"),
  firecrawl: () => trigger("firecrawl"),
  granola: () => trigger("granola"),
  hookdeck: () => trigger("hookdeck"),
  intercom: () => trigger("intercom"),
  jira: () => trigger("jira"),
  langfuse: () => trigger("langfuse"),
  lemon_squeezy: () => tern("lemonsqueezy"),
  loops: () => trigger("loops"),
  microsoft_graph: () => n8n("Microsoft/Teams/v2/helpers/utils-trigger.js"),
  netlify: () => n8n("Netlify/NetlifyTriggerHelpers.js"),
  pagerduty: () => trigger("pagerduty"),
  planetscale: () => trigger("planetscale"),
  sentry: () => trigger("sentry"),
  supabase_database_webhooks: () => {
    const judge = trigger("supabase");
    return (request) => judge({ ...request, secret: request.secret.replace("Bearer ", "") });
  },
  tailscale: () => trigger("tailscale"),
  trello: () => n8n("Trello/TrelloTriggerHelpers.js"),
  turnkey: () => turnkey,
  typeform: () => n8n("Typeform/TypeformTriggerHelpers.js"),
  uploadthing: () => uploadthing,
  vercel: () => trigger("vercel"),
  webex: () => webex,
  x: () => x,
  x_hub_signature_256_generic: () => xhub("sha256", "x-hub-signature-256"),
  zendesk: () => n8n("Zendesk/ZendeskTriggerHelpers.js"),
};

function stopClock(seconds) {
  const Real = Date;
  const now = seconds * 1000;
  globalThis.Date = class extends Real {
    constructor(...parts) {
      super(...(parts.length ? parts : [now]));
    }
    static now() {
      return now;
    }
  };
}

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { judge, now, requests } = JSON.parse(text);
const ask = JUDGES[judge]();
stopClock(now);
const verdicts = [];
for (const one of requests) {
  const body = Buffer.from(one.body, "base64");
  try {
    verdicts.push(Boolean(await ask({ ...one, headers: lower(one.headers), body })));
  } catch (error) {
    console.error(`  ${judge}: ${error.name}: ${error.message}`.slice(0, 160));
    verdicts.push(null);
  }
}
console.log(`\n${JSON.stringify(verdicts)}`);
process.exit(0);
