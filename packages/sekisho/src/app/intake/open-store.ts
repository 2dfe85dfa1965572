import { type IntakeStore, openSqliteIntakeStore } from '../../intake/store/index.ts';
import type { Settings } from '../config/index.ts';
import { placeOf } from '../state/index.ts';

/** Opens the received reports to be added to, also beside another process that does; throws as the store does. */
export function openSettledIntakeStore(settings: Settings): Promise<IntakeStore> {
  const { keep } = settings.intake;
  return openSqliteIntakeStore({ directory: placeOf(settings, 'intake').directory, limits: keep });
}
