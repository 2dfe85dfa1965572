/** The publisher's alerts. */
export {
  NO_ALERTS,
  PUBLISH_ALERTS,
  type PublishAlertCode,
  type PublishAlertSink,
} from './publish-alerts.ts';
export { WorkAlert } from './work-alert.ts';
