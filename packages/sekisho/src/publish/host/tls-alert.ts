/** Fatal alerts that are sent before there is a TLS connection (RFC 8446 §6). */
const DESCRIPTIONS = {
  'unexpected-message': 10,
  'decode-error': 50,
  'unrecognized-name': 112,
  'no-application-protocol': 120,
} as const;

export type TlsAlertName = keyof typeof DESCRIPTIONS;

/** The record that ends a handshake of which only the ClientHello was read; in clear, as keys are not agreed on yet. */
export function formatTlsAlert(name: TlsAlertName): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, DESCRIPTIONS[name]]);
}
