// A small service on node:http, the same whichever library signs residents in: pages, a session cookie, and as JSON
// what was received. Its settings are the JSON file named on the command line: issuer, port, the ways of signing in.
//
// A way: client_id; auth, with client_secret, key (a private JWK) or certificate and certificate_key (files); scope;
// metadata, by RFC 7591's names; uses, any of par, jar, jarm, form_post, dpop; decryption_key: a private JWK for what
// comes encrypted; resource: the identifier of the service's own interface, for which it asks tokens. In the place of
// client_id and secret, invitation: the token with which the service registers itself.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { importJWK } from 'jose'
import * as oauth from 'oauth4webapi'
import * as undici from 'undici'

/** Serve until the process ends. `connect(issuer, way)` makes what speaks OpenID Connect for one way. */
export async function serve(connect) {
  const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'))
  const origin = `http://127.0.0.1:${settings.port}`
  const sessions = new Map()
  const parties = new Map()

  async function party(name) {
    if (!parties.has(name)) {
      parties.set(name, await connect(settings.issuer, await prepared(settings.ways[name], `${origin}/${name}`)))
    }
    return parties.get(name)
  }

  const pages = {
    async login({ party, session, query }) {
      session.login = await party.begin(query)
      return { location: session.login.url }
    },
    async callback({ party, session, request, way }) {
      session.tokens = await party.finish(request, session.login)
      const userinfo = way.resource ? undefined : await party.userinfo(session.tokens)
      return { client_id: party.clientId, ...received(session.tokens), userinfo }
    },
    async userinfo({ party, session }) {
      return party.userinfo(session.tokens)
    },
    async refresh({ party, session }) {
      const before = session.tokens
      session.tokens = { ...before, ...(await party.refresh(before)) }
      return { ...received(session.tokens), rotated: session.tokens.refresh_token !== before.refresh_token }
    },
    async introspect({ party, session }) {
      return party.introspect(session.tokens.access_token)
    },
    async revoke({ party, session }) {
      await party.revoke(session.tokens.access_token)
      return {}
    },
    async act({ party, session, name }) {
      return (await party.act(session.tokens, new URL(`${origin}/${name}/interface`))).json()
    },
    // Another part of the service, which knows of the resident what the token says (RFC 9068).
    async interface({ request, way }) {
      const at = new URL(settings.issuer)
      const as = await oauth.processDiscoveryResponse(at, await oauth.discoveryRequest(at))
      return oauth.validateJwtAccessToken(as, request, way.resource)
    },
    async logout({ party, session }) {
      return { location: party.logout(session.tokens, { state: 'over' }) }
    },
    async bye({ query }) {
      return { over: query.state }
    },
  }

  createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url, origin)
    const [, name, page] = url.pathname.split('/')
    try {
      const cookie = /session=([^;]+)/.exec(incoming.headers.cookie ?? '')?.[1] ?? randomUUID()
      if (!sessions.has(cookie)) sessions.set(cookie, {})
      const answer = await pages[page]({
        name,
        way: settings.ways[name],
        party: await party(name),
        session: sessions.get(cookie),
        query: Object.fromEntries(url.searchParams),
        request: await asRequest(incoming, url),
      })
      outgoing.setHeader('Set-Cookie', `session=${cookie}; HttpOnly; Path=/`)
      write(outgoing, answer)
    } catch (error) {
      outgoing.statusCode = 500
      write(outgoing, { error: error.error ?? error.code ?? error.name, said: said(error) })
    }
  }).listen(settings.port, '127.0.0.1')
}

/** A way with its keys imported, its certificate loaded and its addresses. */
async function prepared(way, at) {
  return {
    ...way,
    metadata: {
      ...way.metadata,
      ...(way.invitation && {
        client_name: 'Stock',
        redirect_uris: [`${at}/callback`],
        post_logout_redirect_uris: [`${at}/bye`],
        token_endpoint_auth_method: way.auth,
      }),
    },
    uses: Object.fromEntries(way.uses.map((use) => [use, true])),
    redirectUri: `${at}/callback`,
    bye: `${at}/bye`,
    signingKey: way.key && { key: await importJWK(way.key, way.key.alg), kid: way.key.kid },
    decryption: way.decryption_key && {
      key: await importJWK(way.decryption_key, way.decryption_key.alg),
      alg: way.decryption_key.alg,
      kid: way.decryption_key.kid,
    },
    fetch: way.certificate && withCertificate(readFileSync(way.certificate), readFileSync(way.certificate_key)),
  }
}

/** A fetch that shows a client certificate, as both libraries' documentation makes it. */
function withCertificate(cert, key) {
  const dispatcher = new undici.Agent({ connect: { cert, key, ca: readFileSync(process.env.NODE_EXTRA_CA_CERTS) } })
  return (url, options) => undici.fetch(url, { ...options, dispatcher })
}

function received(tokens) {
  return {
    claims: tokens.claims,
    scope: tokens.scope,
    token_type: tokens.token_type,
    encrypted: tokens.id_token.split('.').length === 5,
    refreshable: tokens.refresh_token !== undefined,
  }
}

async function asRequest(incoming, url) {
  const posted = incoming.method === 'POST' && { body: await text(incoming) }
  return new Request(url, { method: incoming.method, headers: incoming.headers, ...posted })
}

function write(outgoing, { location, ...answer }) {
  if (location) outgoing.writeHead(302, { location: location.href ?? location })
  else outgoing.setHeader('Content-Type', 'application/json')
  outgoing.end(location ? '' : JSON.stringify(answer))
}

function said(error) {
  return [error.message, error.error_description, error.cause?.message ?? JSON.stringify(error.cause)].join(' | ')
}
