import { choice, group } from '../setting-types.ts';

/** `log`: what is written to standard error. */
export const logGroup = group('What is written to standard error, one line an event.', {
  level: choice(['debug', 'info', 'warn', 'error'], 'info', {
    description: 'Events below this level are not written.',
  }),
  format: choice(['auto', 'human', 'json'], 'auto', {
    description: '`auto`: for people on a terminal, JSON otherwise.',
  }),
});
