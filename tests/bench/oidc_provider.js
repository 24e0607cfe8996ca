// npm's oidc-provider over Redis, for `make bench`: a plain login, the consent to it remembered.
//
// What it is given: PORT, ISSUER, REDIS_URL, CLIENTS (JSON, client metadata), UNASKED (the id of one of them). It says
// "ready" when it answers. A login has a page with a form, as its documentation shows; no password is looked at, which
// no comparison of providers should count. At the service UNASKED not even a page is shown: less than any real login.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

import { Redis } from "ioredis";
import Provider from "oidc-provider";

const { PORT, ISSUER, REDIS_URL, UNASKED } = process.env;
const CLIENTS = JSON.parse(process.env.CLIENTS);
const ACCOUNT = "hanako";
const LOGIN_PAGE = "/interaction/";
const NO_PAGE = "/unasked/";
const redis = new Redis(REDIS_URL);

const BY_GRANT = new Set(["AccessToken", "AuthorizationCode", "RefreshToken"]);

/** Its adapter interface, each call one round trip: a hash per record, a set per grant, a name per session's uid. */
class InRedis {
  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload, seconds) {
    const key = this.key(id);
    const step = redis.multi().hset(key, "payload", JSON.stringify(payload));
    if (seconds) step.expire(key, seconds);
    if (payload.uid) step.set(`uid:${payload.uid}`, id, "EX", seconds);
    if (BY_GRANT.has(this.model) && payload.grantId) {
      step.sadd(`grant:${payload.grantId}`, key).expire(`grant:${payload.grantId}`, seconds);
    }
    await step.exec();
  }

  async find(id) {
    const [payload, consumed] = await redis.hmget(this.key(id), "payload", "consumed");
    return payload === null ? undefined : { ...JSON.parse(payload), ...(consumed && { consumed: Number(consumed) }) };
  }

  async findByUid(uid) {
    const id = await redis.get(`uid:${uid}`);
    return id === null ? undefined : this.find(id);
  }

  async consume(id) {
    await redis.hset(this.key(id), "consumed", Math.floor(Date.now() / 1000));
  }

  async destroy(id) {
    await redis.del(this.key(id));
  }

  async revokeByGrantId(grantId) {
    await redis.del(`grant:${grantId}`, ...(await redis.smembers(`grant:${grantId}`)));
  }
}

function privateJwk(alg, type, options) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: alg };
}

const minutes = (count) => count * 60;
const consents = new Map();
const provider = new Provider(ISSUER, {
  adapter: InRedis,
  clients: CLIENTS,
  jwks: { keys: [privateJwk("RS256", "rsa", { modulusLength: 2048 }), privateJwk("ES256", "ec", { namedCurve: "P-256" })] },
  cookies: { keys: ["of a bench, and secret to nobody"] },
  features: { devInteractions: { enabled: false } },
  interactions: {
    url: (context, { uid }) => (context.oidc.client.clientId === UNASKED ? NO_PAGE : LOGIN_PAGE) + uid,
  },
  findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  loadExistingGrant: (context) => context.oidc.provider.Grant.find(consents.get(context.oidc.client.clientId)),
  ttl: {
    AccessToken: minutes(10),
    AuthorizationCode: minutes(1),
    Grant: minutes(60),
    IdToken: minutes(10),
    Interaction: minutes(15),
    Session: minutes(60),
  },
});

for (const { client_id: clientId } of CLIENTS) {
  const grant = new provider.Grant({ accountId: ACCOUNT, clientId });
  grant.addOIDCScope("openid");
  consents.set(clientId, await grant.save());
}

/** The page with the form: what it needs of the interaction is asked of the provider. */
async function ask(request, response) {
  const { uid, params } = await provider.interactionDetails(request, response);
  response.setHeader("Content-Type", "text/html; charset=utf-8").setHeader("Cache-Control", "no-store");
  response.end(`<!doctype html>
<html lang="en"><title>Sign in</title><h1>Sign in to ${encodeURIComponent(params.client_id)}</h1>
<form method="post" action="${LOGIN_PAGE}${uid}">
<input name="login" autocomplete="username" required><input type="password" name="password" required><button>Sign in</button>
</form></html>`);
}

/** The form that was sent. */
async function signIn(request, response) {
  let body = "";
  for await (const piece of request.setEncoding("utf8")) body += piece;
  const accountId = new URLSearchParams(body).get("login");
  await provider.interactionFinished(request, response, { login: { accountId } });
}

const answer = provider.callback();
const server = createServer((request, response) => {
  if (request.url.startsWith(NO_PAGE)) {
    return provider.interactionFinished(request, response, { login: { accountId: ACCOUNT } });
  }
  if (!request.url.startsWith(LOGIN_PAGE)) return answer(request, response);
  return request.method === "POST" ? signIn(request, response) : ask(request, response);
});
server.listen(Number(PORT), "127.0.0.1", () => console.log("ready"));
