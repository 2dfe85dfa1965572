/* Sends datagrams as Postfix's TLSRPT client library does: to a Unix socket, from one that is bound to no name.
 *
 *   dgramload --to PATH --datagrams FILE [--seconds T | --count N [--unpaced]]
 *
 * Datagrams come one a line, and are sent in turn. By default each waits until there is room in the receiver's queue;
 * with --unpaced one for which there is none is lost, as in Postfix. Prints one JSON object. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

static struct sockaddr_un to = {.sun_family = AF_UNIX};
static char **datagrams;
static size_t *lengths, datagram_count;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static void read_datagrams(const char *name) {
  FILE *file = fopen(name, "r");
  if (!file) die(name);
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  while ((length = getline(&line, &room, file)) > 0) {
    if (line[length - 1] == '\n') length -= 1;
    datagrams = realloc(datagrams, (datagram_count + 1) * sizeof *datagrams);
    lengths = realloc(lengths, (datagram_count + 1) * sizeof *lengths);
    if (!datagrams || !lengths) die("memory");
    datagrams[datagram_count] = memcpy(malloc((size_t)length + 1), line, (size_t)length);
    lengths[datagram_count++] = (size_t)length;
  }
  fclose(file);
}

int main(int argc, char **argv) {
  const char *file = NULL;
  double seconds = 1;
  uint64_t count = 0;
  int unpaced = 0;
  const struct option names[] = {{"to", required_argument, NULL, 't'},
                                 {"datagrams", required_argument, NULL, 'd'},
                                 {"seconds", required_argument, NULL, 's'},
                                 {"count", required_argument, NULL, 'c'},
                                 {"unpaced", no_argument, NULL, 'u'},
                                 {NULL, 0, NULL, 0}};
  for (int found; (found = getopt_long(argc, argv, "", names, NULL)) != -1;) switch (found) {
      case 't': snprintf(to.sun_path, sizeof to.sun_path, "%s", optarg); break;
      case 'd': file = optarg; break;
      case 's': seconds = atof(optarg); break;
      case 'c': count = strtoull(optarg, NULL, 10); break;
      case 'u': unpaced = 1; break;
      default: return 64;
    }
  if (!file || !to.sun_path[0]) return 64;
  read_datagrams(file);
  if (datagram_count == 0) return 64;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  uint64_t sent = 0, lost = 0, start = now_ns(), until = start + (uint64_t)(seconds * 1e9);
  for (uint64_t index = 0;; index += 1) {
    if (count ? index == count : index % 64 == 0 && now_ns() >= until) break;
    size_t at = index % datagram_count;
    ssize_t done = sendto(fd, datagrams[at], lengths[at], unpaced ? MSG_DONTWAIT : 0, (struct sockaddr *)&to, sizeof to);
    if (done == (ssize_t)lengths[at]) sent += 1;
    else if (done < 0 && errno == EAGAIN) lost += 1;
    else die("sendto");
  }
  printf("{\"sent\":%llu,\"lost\":%llu,\"seconds\":%.6f}\n", (unsigned long long)sent, (unsigned long long)lost,
         (double)(now_ns() - start) / 1e9);
  return 0;
}
