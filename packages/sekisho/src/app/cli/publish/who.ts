import { userInfo } from 'node:os';

/** Who gives an order: the one behind sudo, else the user of this process. */
export function findWho(environment: Readonly<Record<string, string | undefined>>): string {
  const { SUDO_USER: behind = '' } = environment;
  if (behind !== '') return behind;
  try {
    return userInfo().username;
  } catch (error) {
    // A user id that no name belongs to, as in containers.
    if ((error as NodeJS.ErrnoException).syscall === 'uv_os_get_passwd')
      return `uid ${String(process.getuid?.() ?? '')}`;
    throw error;
  }
}
