/** Credentials that somebody refused in another way than by an error of Kafka's protocol. */
export class CredentialsRefused extends Error {
  /** Who refused, and how it was said; nothing secret. */
  readonly detail: string;
  constructor(detail: string) {
    super(`credentials were refused: ${detail}`);
    this.detail = detail;
  }
}
