/* "tcp:PORT" on 127.0.0.1 or "unix:PATH", for the load generator and the constant server. */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static inline void die(const char *what) {
  perror(what);
  exit(1);
}

union address {
  struct sockaddr any;
  struct sockaddr_in in;
  struct sockaddr_un un;
};

static inline socklen_t endpoint_parse(const char *text, union address *address) {
  memset(address, 0, sizeof *address);
  if (strncmp(text, "tcp:", 4) == 0) {
    address->in.sin_family = AF_INET;
    address->in.sin_port = htons((uint16_t)atoi(text + 4));
    address->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return sizeof address->in;
  }
  if (strncmp(text, "unix:", 5) == 0 && strlen(text + 5) < sizeof address->un.sun_path) {
    address->un.sun_family = AF_UNIX;
    strcpy(address->un.sun_path, text + 5);
    return sizeof address->un;
  }
  fprintf(stderr, "Cannot use endpoint \"%s\": must be tcp:PORT or unix:PATH\n", text);
  exit(2);
}

static inline void endpoint_no_delay(int fd, const union address *address) {
  int on = 1;
  if (address->any.sa_family == AF_INET) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static inline int endpoint_socket(const union address *address) {
  int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  return fd;
}

#endif
