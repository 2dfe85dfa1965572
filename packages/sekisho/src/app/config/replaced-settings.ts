/** Settings that had another name before, and what takes their place. */
export const REPLACED_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['publish.alertCommand', 'alerts.command'],
  ['intake.alerts.command', 'alerts.command'],
  ['intake.alerts.webhookFile', 'alerts.webhookFile'],
  ['intake.alerts.mailTo', 'alerts.mailTo'],
]);
