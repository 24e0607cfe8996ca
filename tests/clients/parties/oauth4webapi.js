// The service of site.js with oauth4webapi, used as its documentation shows.
import { compactDecrypt } from 'jose'
import * as oauth from 'oauth4webapi'
import { serve } from './site.js'

const AUTHENTICATION = {
  client_secret_basic: (way) => oauth.ClientSecretBasic(way.client_secret),
  private_key_jwt: (way) => oauth.PrivateKeyJwt(way.signingKey),
  tls_client_auth: () => oauth.TlsClientAuth(),
  none: () => oauth.None(),
}

await serve(async (issuer, way) => {
  const transport = way.fetch ? { [oauth.customFetch]: way.fetch } : {}
  const at = new URL(issuer)
  const as = await oauth.processDiscoveryResponse(at, await oauth.discoveryRequest(at, transport))
  const registered = way.invitation ? await registration() : { ...way.metadata, client_id: way.client_id }
  const client = { ...registered, use_mtls_endpoint_aliases: way.fetch !== undefined }
  const authentication = AUTHENTICATION[way.auth]({ ...way, ...registered })
  const DPoP = way.uses.dpop && oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const options = { ...transport, ...(DPoP && { DPoP }) }
  const reading = way.decryption ? { [oauth.jweDecrypt]: decrypted } : {}

  async function registration() {
    const options = { initialAccessToken: way.invitation }
    const response = await oauth.dynamicClientRegistrationRequest(as, way.metadata, options)
    return oauth.processDynamicClientRegistrationResponse(response)
  }

  async function decrypted(jwe) {
    const { alg, key } = way.decryption
    return new TextDecoder().decode((await compactDecrypt(jwe, key, { keyManagementAlgorithms: [alg] })).plaintext)
  }

  // A request is made once more where the server wants its nonce in the proof (RFC 9449 section 8).
  async function asked(request, process) {
    try {
      return await process(await request())
    } catch (error) {
      if (!DPoP || !oauth.isDPoPNonceError(error)) throw error
      return process(await request())
    }
  }

  async function checked(response, tokens) {
    await oauth.validateApplicationLevelSignature(as, response, transport)
    const hint = way.decryption ? await decrypted(tokens.id_token) : tokens.id_token
    return { ...tokens, claims: oauth.getValidatedIdTokenClaims(tokens), hint }
  }

  const target = way.resource && { resource: way.resource }

  return {
    clientId: client.client_id,

    async begin(more) {
      const verifier = oauth.generateRandomCodeVerifier()
      const state = oauth.generateRandomState()
      const nonce = oauth.generateRandomNonce()
      let parameters = new URLSearchParams({
        response_type: 'code',
        client_id: client.client_id,
        redirect_uri: way.redirectUri,
        scope: way.scope,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        ...((way.uses.form_post || way.uses.jarm) && { response_mode: way.uses.jarm ? 'jwt' : 'form_post' }),
        ...target,
        ...more,
      })
      if (way.uses.jar) {
        const request = await oauth.issueRequestObject(as, client, parameters, way.signingKey)
        parameters = new URLSearchParams({ client_id: client.client_id, request })
      }
      if (way.uses.par) {
        const { request_uri } = await asked(
          () => oauth.pushedAuthorizationRequest(as, client, authentication, parameters, options),
          (response) => oauth.processPushedAuthorizationResponse(as, client, response),
        )
        parameters = new URLSearchParams({ client_id: client.client_id, request_uri })
      }
      return { url: `${as.authorization_endpoint}?${parameters}`, verifier, state, nonce }
    },

    async finish(request, { verifier, state, nonce }) {
      const answer = request.method === 'POST' ? new URLSearchParams(await request.text()) : new URL(request.url)
      const parameters = way.uses.jarm
        ? await oauth.validateJwtAuthResponse(as, client, answer, state, { ...transport, ...reading })
        : oauth.validateAuthResponse(as, client, answer, state)
      return asked(
        () =>
          oauth.authorizationCodeGrantRequest(as, client, authentication, parameters, way.redirectUri, verifier, {
            ...options,
            additionalParameters: target,
          }),
        async (response) =>
          checked(
            response,
            await oauth.processAuthorizationCodeResponse(as, client, response, {
              expectedNonce: nonce,
              requireIdToken: true,
              ...reading,
            }),
          ),
      )
    },

    async refresh({ refresh_token }) {
      return asked(
        () => oauth.refreshTokenGrantRequest(as, client, authentication, refresh_token, options),
        async (response) =>
          checked(response, await oauth.processRefreshTokenResponse(as, client, response, reading)),
      )
    },

    async userinfo({ access_token, claims }) {
      return asked(
        () => oauth.userInfoRequest(as, client, access_token, options),
        (response) => oauth.processUserInfoResponse(as, client, claims.sub, response, reading),
      )
    },

    act({ access_token }, url) {
      const toLoopback = { ...options, [oauth.allowInsecureRequests]: true }
      return oauth.protectedResourceRequest(access_token, 'GET', url, undefined, undefined, toLoopback)
    },

    async introspect(token) {
      const response = await oauth.introspectionRequest(as, client, authentication, token, transport)
      return oauth.processIntrospectionResponse(as, client, response, reading)
    },

    async revoke(token) {
      await oauth.processRevocationResponse(
        await oauth.revocationRequest(as, client, authentication, token, transport),
      )
    },

    logout({ hint }, more) {
      const query = { id_token_hint: hint, post_logout_redirect_uri: way.bye, client_id: client.client_id, ...more }
      return `${as.end_session_endpoint}?${new URLSearchParams(query)}`
    },
  }
})
