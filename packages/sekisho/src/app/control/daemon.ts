/** The name, within the state directory, of the socket on which the daemon takes orders. */
export const CONTROL_SOCKET_NAME = 'control.sock';
