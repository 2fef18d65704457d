import { createHash } from 'node:crypto';

/** Decides whether a device is the one that it should be. */
export interface HostKeyPolicy {
  /**
   * Called with the SHA-256 fingerprint of the host key, as OpenSSH prints it ('SHA256:…', base64 without padding),
   * before the password is sent, and again when the device renews its keys. Resolves true to go on; what it rejects
   * with ends the attempt.
   */
  readonly accept: (fingerprint: string) => Promise<boolean>;
}

/** The fingerprint of a public key in SSH wire format, as `ssh-keygen -l` prints it. */
export function hostKeyFingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}
