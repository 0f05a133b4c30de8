/** A token that the broker of the tests takes: unsigned, for a user, valid for so many seconds from now. @see KIP-255 */
export const unsecuredToken = (subject: string, validSec: number): string => {
  const nowSec = Math.floor(Date.now() / 1_000);
  const claims = { sub: subject, iat: nowSec - 120, exp: nowSec + validSec };
  const parts = [{ alg: 'none' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return `${parts.join('.')}.`;
};
