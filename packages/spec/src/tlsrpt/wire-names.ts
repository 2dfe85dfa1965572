/** How a report's members are spelt on the wire (RFC 8460 §4.4); nothing else in this package knows it. */
export const WIRE = {
  organizationName: 'organization-name',
  dateRange: 'date-range',
  startDatetime: 'start-datetime',
  endDatetime: 'end-datetime',
  contactInfo: 'contact-info',
  reportId: 'report-id',
  policies: 'policies',
  policy: 'policy',
  policyType: 'policy-type',
  policyString: 'policy-string',
  policyDomain: 'policy-domain',
  mxHost: 'mx-host',
  summary: 'summary',
  totalSuccessfulSessionCount: 'total-successful-session-count',
  totalFailureSessionCount: 'total-failure-session-count',
  failureDetails: 'failure-details',
  resultType: 'result-type',
  sendingMtaIp: 'sending-mta-ip',
  receivingMxHostname: 'receiving-mx-hostname',
  receivingMxHelo: 'receiving-mx-helo',
  receivingIp: 'receiving-ip',
  failedSessionCount: 'failed-session-count',
  additionalInformation: 'additional-information',
  failureReasonCode: 'failure-reason-code',
} as const;

export type WireName = (typeof WIRE)[keyof typeof WIRE];

/** Names of drafts and placeholders of the schema that reporters and tools use for the right ones. */
export const WIRE_ALIASES: Partial<Readonly<Record<WireName, readonly string[]>>> = {
  [WIRE.policyDomain]: ['domain'],
  [WIRE.mxHost]: ['mx-host-pattern'],
  [WIRE.totalSuccessfulSessionCount]: ['success-aggregate', 'total-successful-sessions'],
  [WIRE.totalFailureSessionCount]: ['failure-aggregate', 'total-failure-sessions'],
  [WIRE.failedSessionCount]: ['session-count'],
  [WIRE.additionalInformation]: ['additional-info-uri', 'additional-info'],
};

/** Result types of drafts, by the ones that took their place. */
export const RESULT_TYPE_ALIASES: Readonly<Record<string, string>> = {
  'certificate-name-mismatch': 'certificate-host-mismatch',
  'mx-mismatch': 'validation-failure',
};
