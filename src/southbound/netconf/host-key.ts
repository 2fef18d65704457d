import { createHash } from 'node:crypto';

/** Decides whether a device has the expected identity. */
export interface HostKeyPolicy {
  /**
   * Called with the SHA-256 fingerprint of the host key, as OpenSSH prints it ('SHA256:…', base64 without padding),
   * before the password is sent, and again when the device renews its keys. Resolves with true to continue. A rejection
   * ends the attempt with its error.
   */
  readonly accept: (fingerprint: string) => Promise<boolean>;
}

/** Returns the fingerprint of a public key in SSH wire format, as `ssh-keygen -l` prints it. */
export function hostKeyFingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}
