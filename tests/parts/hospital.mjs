// A real OpenID provider for tests: node hospital.mjs LIBRARY PORT CALLBACK. Its own pages ask
// for an address and take any password; what stands before the sign is the subject.
const [library, port, callback] = process.argv.slice(2);
const { default: Provider } = await import(library);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'pump-watch',
      client_secret: 'hushhush-hushhush-hushhush',
      redirect_uris: [callback],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ],
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  pkce: { required: () => true },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({
      sub: id.split('@')[0],
      email: id,
      email_verified: !id.startsWith('unchecked'),
    }),
  }),
});
provider.listen(Number(port), '127.0.0.1', () => console.log('listening'));
