// The service of site.js with openid-client 5, whose quick start most services in Node still follow.
import { Issuer, generators } from 'openid-client-5'
import { serve } from './site.js'

await serve(async (issuer, way) => {
  const found = await Issuer.discover(issuer)
  const client = new found.Client({
    client_id: way.client_id,
    client_secret: way.client_secret,
    redirect_uris: [way.redirectUri],
    post_logout_redirect_uris: [way.bye],
    response_types: ['code'],
    token_endpoint_auth_method: way.auth,
    id_token_signed_response_alg: way.metadata.id_token_signed_response_alg,
  })

  return {
    clientId: client.client_id,

    async begin(more) {
      const [verifier, state, nonce] = [generators.codeVerifier(), generators.state(), generators.nonce()]
      const url = client.authorizationUrl({
        scope: `${way.scope} email profile`, // as it asks in the quick start: what is not registered is ignored
        code_challenge: generators.codeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        ...(way.uses.form_post && { response_mode: 'form_post' }),
        ...more,
      })
      return { url: new URL(url), verifier, state, nonce }
    },

    async finish(request, { verifier, state, nonce }) {
      const form = request.method === 'POST' ? await request.text() : new URL(request.url).search.slice(1)
      const parameters = Object.fromEntries(new URLSearchParams(form))
      const tokens = await client.callback(way.redirectUri, parameters, { code_verifier: verifier, state, nonce })
      return { ...tokens, claims: tokens.claims(), hint: tokens.id_token }
    },

    async refresh({ refresh_token }) {
      const tokens = await client.refresh(refresh_token)
      return { ...tokens, claims: tokens.claims() }
    },

    userinfo: ({ access_token }) => client.userinfo(access_token, { method: 'POST', via: 'body' }),
    introspect: (token) => client.introspect(token),
    revoke: (token) => client.revoke(token),
    logout: ({ hint }, more) => client.endSessionUrl({ id_token_hint: hint, ...more }),
  }
})
