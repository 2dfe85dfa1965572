import { flag, group, wholeNumber } from '../setting-types.ts';

/** `intake.alerts`: from which numbers on somebody is told. */
export const intakeAlertsGroup = group(
  'When verified reports are an alert; the group `alerts` says who is told.',
  {
    sharePercent: wholeNumber(5, {
      min: 0,
      max: 100,
      unit: 'percent',
      description:
        "Failed sessions of a domain's day, as a share of all, from which on it is told.",
    }),
    count: wholeNumber(10, {
      min: 1,
      max: 1_000_000_000,
      unit: 'sessions',
      description:
        "Failed sessions of a domain's day from which on it is told, whatever the share.",
    }),
    refusedAnHour: wholeNumber(50, {
      min: 1,
      max: 1_000_000,
      unit: 'arrivals',
      description: 'Refused arrivals of an hour from which on it is told.',
    }),
    silence: flag(true, {
      description: 'Whether it is told that a reporter has been silent for longer than usual.',
    }),
  },
);
