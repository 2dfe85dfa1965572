/* The floor: an epoll server that reads whatever comes and answers each read with the same reply.
 * Usage: smapconst tcp:PORT|unix:PATH REPLY      (REPLY is a whole netstring; prints "ready" when it listens) */
#define _GNU_SOURCE
#include <sys/epoll.h>

#include "endpoint.h"

static void answer(int fd, const char *reply, size_t size) {
  char request[65536];
  if (recv(fd, request, sizeof request, 0) <= 0) close(fd); /* closing also leaves the epoll set */
  else if (send(fd, reply, size, MSG_NOSIGNAL) < 0) close(fd);
}

static void welcome(int epoll, int listener, const union address *address) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) return;
  endpoint_no_delay(fd, address);
  struct epoll_event interest = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &interest) < 0) die("epoll_ctl");
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: smapconst tcp:PORT|unix:PATH REPLY\n");
    return 2;
  }
  union address address;
  socklen_t length = endpoint_parse(argv[1], &address);
  size_t size = strlen(argv[2]);
  int on = 1, listener = endpoint_socket(&address);
  if (address.any.sa_family == AF_UNIX) unlink(address.un.sun_path);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, &address.any, length) < 0) die("bind");
  if (listen(listener, 1024) < 0) die("listen");

  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event interest = {.events = EPOLLIN, .data.fd = listener}, events[256];
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &interest) < 0) die("epoll_ctl");
  puts("ready");
  fflush(stdout);
  for (;;) {
    int count = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == listener) welcome(epoll, listener, &address);
      else answer(events[i].data.fd, argv[2], size);
    }
  }
}
