// The service of site.js with openid-client, used as its documentation shows.
import * as client from 'openid-client'
import { serve } from './site.js'

const AUTHENTICATION = {
  client_secret_basic: (way) => client.ClientSecretBasic(way.client_secret),
  private_key_jwt: (way) => client.PrivateKeyJwt(way.signingKey),
  tls_client_auth: () => client.TlsClientAuth(),
  none: () => client.None(),
}

await serve(async (issuer, way) => {
  const metadata = { ...way.metadata, use_mtls_endpoint_aliases: way.fetch !== undefined }
  const authentication = AUTHENTICATION[way.auth](way)
  const features = {
    ...(way.fetch && { [client.customFetch]: way.fetch }),
    execute: [
      client.enableNonRepudiationChecks,
      ...(way.uses.jarm ? [client.useJwtResponseMode] : []),
      ...(way.resource ? [client.allowInsecureRequests] : []), // the interface is on loopback
    ],
  }
  const config = way.invitation
    ? await client.dynamicClientRegistration(new URL(issuer), metadata, authentication, {
        ...features,
        initialAccessToken: way.invitation,
      })
    : await client.discovery(new URL(issuer), way.client_id, metadata, authentication, features)
  if (way.decryption) client.enableDecryptingResponses(config, undefined, way.decryption)
  const keys = way.uses.dpop && (await client.randomDPoPKeyPair('ES256'))
  const options = way.uses.dpop ? { DPoP: client.getDPoPHandle(config, keys) } : {}

  const target = way.resource && { resource: way.resource }

  return {
    clientId: config.clientMetadata().client_id,

    async begin(more) {
      const verifier = client.randomPKCECodeVerifier()
      const state = client.randomState()
      const nonce = client.randomNonce()
      let parameters = {
        redirect_uri: way.redirectUri,
        scope: way.scope,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        ...(way.uses.form_post && { response_mode: 'form_post' }),
        ...target,
        ...more,
      }
      let url
      if (way.uses.jar) {
        url = await client.buildAuthorizationUrlWithJAR(config, parameters, way.signingKey)
        parameters = url.searchParams
      }
      if (way.uses.par) url = await client.buildAuthorizationUrlWithPAR(config, parameters, options)
      return { url: url ?? client.buildAuthorizationUrl(config, parameters), verifier, state, nonce }
    },

    async finish(request, { verifier, state, nonce }) {
      const response = request.method === 'POST' ? request : new URL(request.url)
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }
      const tokens = await client.authorizationCodeGrant(config, response, checks, target, options)
      const hint = client.getDecryptedResponses(tokens)?.id_token?.token_endpoint ?? tokens.id_token
      return { ...tokens, claims: tokens.claims(), hint }
    },

    async refresh({ refresh_token }) {
      const tokens = await client.refreshTokenGrant(config, refresh_token, undefined, options)
      return { ...tokens, claims: tokens.claims() }
    },

    userinfo: ({ access_token, claims }) => client.fetchUserInfo(config, access_token, claims.sub, options),
    act: ({ access_token }, url) =>
      client.fetchProtectedResource(config, access_token, url, 'GET', undefined, undefined, options),
    introspect: (token) => client.tokenIntrospection(config, token),
    revoke: (token) => client.tokenRevocation(config, token),
    logout: ({ hint }, more) =>
      client.buildEndSessionUrl(config, { id_token_hint: hint, post_logout_redirect_uri: way.bye, ...more }),
  }
})
