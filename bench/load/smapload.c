/* A load generator for Postfix's socketmap protocol, which behaves as Postfix does: persistent connections and exactly
 * one request in flight on each.
 *
 *   smapload --to tcp:PORT|unix:PATH --keys FILE [--map NAME] [--connections N] [--seconds T] [--warmup T]
 *            [--once] [--pace-us N] [--patience T] [--seed N]
 *
 * Keys come one a line. Without --once they are drawn at random for T seconds; with --once each is asked once, in order,
 * shared among the connections. --pace-us sends on each connection at most one request in that many microseconds, which
 * makes a prober. A run that sees no reply for --patience seconds (default 30) ends there. Prints one JSON object;
 * latencies are microseconds. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

#include "endpoint.h"
#include "histogram.h"

#define REPLY_MAX (128 * 1024)

struct request {
  uint32_t offset, length;
};

struct connection {
  int fd;
  int open, waiting; /* waiting: a request is in flight */
  uint64_t sent_ns;
  size_t have, want; /* bytes of the reply read, and its whole length once the prefix is known (0 before) */
  char head[32];     /* enough for the length, the colon and the status word */
};

static struct {
  const char *to, *keys, *map;
  int connections, once;
  double seconds, warmup, patience;
  uint64_t pace_ns, seed;
} option = {.map = "sts", .connections = 1, .seconds = 5, .patience = 30, .seed = 88172645463325252ull};

static char *wire; /* all requests, ready as netstrings, one behind the other */
static struct request *requests;
static size_t request_count, next_request;

static struct histogram latency;
static uint64_t ok, not_found, temp, other, errors, record_from_ns, last_reply_ns;
static int open_count, waiting_count;

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static void read_keys(void) {
  FILE *file = fopen(option.keys, "r");
  if (!file) die(option.keys);
  size_t wire_size = 0, wire_room = 1 << 20, room = 1 << 12, line_room = 0;
  char *line = NULL;
  wire = malloc(wire_room);
  requests = malloc(room * sizeof *requests);
  for (ssize_t got; (got = getline(&line, &line_room, file)) >= 0;) {
    line[strcspn(line, "\r\n")] = 0;
    size_t payload = strlen(option.map) + 1 + strlen(line);
    if (payload + 16 > wire_room - wire_size) wire = realloc(wire, wire_room = 2 * wire_room + payload);
    if (request_count == room) requests = realloc(requests, (room *= 2) * sizeof *requests);
    if (!wire || !requests) die("realloc");
    int length = sprintf(wire + wire_size, "%zu:%s %s,", payload, option.map, line);
    requests[request_count++] = (struct request){(uint32_t)wire_size, (uint32_t)length};
    wire_size += (size_t)length;
  }
  free(line);
  fclose(file);
  if (request_count == 0) {
    fprintf(stderr, "Cannot use %s: holds no key, must hold one a line\n", option.keys);
    exit(2);
  }
}

static const struct request *choose_request(void) {
  if (option.once) return next_request < request_count ? &requests[next_request++] : NULL;
  option.seed ^= option.seed << 13; /* xorshift64 */
  option.seed ^= option.seed >> 7;
  option.seed ^= option.seed << 17;
  return &requests[option.seed % request_count];
}

static void drop(struct connection *c) {
  errors++;
  close(c->fd);
  open_count--;
  waiting_count -= c->waiting;
  c->open = c->waiting = 0;
}

static void ask(struct connection *c) {
  const struct request *request = choose_request();
  if (!request) return;
  c->have = c->want = 0;
  c->sent_ns = now_ns();
  /* A request is far smaller than a socket buffer that is empty, so a short write means a broken peer. */
  if (send(c->fd, wire + request->offset, request->length, MSG_NOSIGNAL) != (ssize_t)request->length) {
    drop(c);
    return;
  }
  c->waiting = 1;
  waiting_count++;
}

static void count_reply(const struct connection *c) {
  const char *word = memchr(c->head, ':', sizeof c->head);
  if (!word) other++;
  else if (strncmp(word, ":OK ", 4) == 0) ok++;
  else if (strncmp(word, ":NOTFOUND ", 10) == 0) not_found++;
  else if (strncmp(word, ":TEMP ", 6) == 0) temp++;
  else other++;
}

/* Reads what has come; 1 when the reply is whole, 0 when more must come, -1 when the peer broke the protocol. */
static int receive(struct connection *c) {
  static char buffer[REPLY_MAX];
  ssize_t got = recv(c->fd, buffer, sizeof buffer, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  if (got <= 0 || !c->waiting) return -1;
  if (c->have < sizeof c->head - 1) {
    size_t part = sizeof c->head - 1 - c->have;
    if (part > (size_t)got) part = (size_t)got;
    memcpy(c->head + c->have, buffer, part);
    c->head[c->have + part] = 0;
  }
  c->have += (size_t)got;
  if (c->want == 0) {
    char *colon;
    unsigned long payload = strtoul(c->head, &colon, 10);
    if (*colon == 0) return c->have < 8 ? 0 : -1;
    if (*colon != ':' || payload > REPLY_MAX) return -1;
    c->want = (size_t)(colon - c->head) + 1 + payload + 1;
  }
  if (c->have == c->want) return buffer[got - 1] == ',' ? 1 : -1;
  return c->have < c->want ? 0 : -1;
}

static void handle(struct connection *c) {
  int state = receive(c);
  if (state < 0) drop(c);
  if (state <= 0) return;
  uint64_t now = last_reply_ns = now_ns();
  c->waiting = 0;
  waiting_count--;
  if (c->sent_ns >= record_from_ns) {
    histogram_add(&latency, now - c->sent_ns);
    count_reply(c);
  }
  if (!option.pace_ns) ask(c);
}

static void connect_all(struct connection *connections, int epoll) {
  union address address;
  socklen_t length = endpoint_parse(option.to, &address);
  for (int i = 0; i < option.connections; i++) {
    struct connection *c = &connections[i];
    c->fd = endpoint_socket(&address);
    if (connect(c->fd, &address.any, length) < 0) die("connect");
    endpoint_no_delay(c->fd, &address);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event interest = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &interest) < 0) die("epoll_ctl");
    c->open = 1;
    open_count++;
  }
}

/* With a pace, a timer in the same epoll set sends on every connection that is free. */
static int start_pace(int epoll) {
  if (!option.pace_ns) return -1;
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  struct timespec pace = {(time_t)(option.pace_ns / 1000000000ull), (long)(option.pace_ns % 1000000000ull)};
  struct itimerspec every = {pace, pace};
  struct epoll_event interest = {.events = EPOLLIN, .data.ptr = NULL};
  if (timer < 0 || timerfd_settime(timer, 0, &every, NULL) < 0) die("timerfd");
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &interest) < 0) die("epoll_ctl");
  return timer;
}

static void tick(int timer, struct connection *connections) {
  uint64_t expirations;
  if (read(timer, &expirations, sizeof expirations) < 0) return;
  for (int i = 0; i < option.connections; i++)
    if (connections[i].open && !connections[i].waiting) ask(&connections[i]);
}

/* Runs until the time is over, or with --once until every key is answered. Returns 1 when replies stopped coming. */
static int run(struct connection *connections, int epoll, int timer, uint64_t end_ns) {
  struct epoll_event events[256];
  for (;;) {
    uint64_t now = now_ns();
    if (option.once ? next_request == request_count && waiting_count == 0 : now >= end_ns) return 0;
    if (open_count == 0) return 1;
    if ((double)(now - last_reply_ns) > option.patience * 1e9) return 1;
    int count = epoll_wait(epoll, events, 256, 50);
    for (int i = 0; i < count; i++) {
      if (events[i].data.ptr == NULL) tick(timer, connections);
      else handle(events[i].data.ptr);
    }
  }
}

static void read_options(int argc, char **argv) {
  static const struct option names[] = {
      {"to", 1, 0, 't'},      {"keys", 1, 0, 'k'},    {"map", 1, 0, 'm'},      {"connections", 1, 0, 'c'},
      {"seconds", 1, 0, 's'}, {"warmup", 1, 0, 'w'},  {"once", 0, 0, 'o'},     {"pace-us", 1, 0, 'p'},
      {"seed", 1, 0, 'e'},    {"patience", 1, 0, 'a'}, {0}};
  for (int name; (name = getopt_long(argc, argv, "", names, NULL)) >= 0;) {
    if (name == 't') option.to = optarg;
    else if (name == 'k') option.keys = optarg;
    else if (name == 'm') option.map = optarg;
    else if (name == 'c') option.connections = atoi(optarg);
    else if (name == 's') option.seconds = atof(optarg);
    else if (name == 'w') option.warmup = atof(optarg);
    else if (name == 'o') option.once = 1;
    else if (name == 'p') option.pace_ns = strtoull(optarg, NULL, 10) * 1000;
    else if (name == 'e') option.seed = strtoull(optarg, NULL, 10) | 1;
    else if (name == 'a') option.patience = atof(optarg);
    else exit(2);
  }
  if (!option.to || !option.keys || option.connections < 1) {
    fprintf(stderr, "usage: smapload --to tcp:PORT|unix:PATH --keys FILE [options]\n");
    exit(2);
  }
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  read_keys();
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct connection *connections = calloc((size_t)option.connections, sizeof *connections);
  if (!connections) die("calloc");
  connect_all(connections, epoll);
  uint64_t start_ns = last_reply_ns = now_ns();
  record_from_ns = start_ns + (option.once ? 0 : (uint64_t)(option.warmup * 1e9));
  uint64_t end_ns = record_from_ns + (uint64_t)(option.seconds * 1e9);
  int timer = start_pace(epoll);
  if (timer < 0)
    for (int i = 0; i < option.connections; i++) ask(&connections[i]);
  int stalled = run(connections, epoll, timer, end_ns);
  double seconds = (double)(now_ns() - record_from_ns) / 1e9;
  printf("{\"requests\":%llu,\"seconds\":%.4f,\"perSecond\":%.1f,\"p50Us\":%.1f,\"p99Us\":%.1f,\"p999Us\":%.1f,"
         "\"maxUs\":%.1f,\"ok\":%llu,\"notFound\":%llu,\"temp\":%llu,\"other\":%llu,\"errors\":%llu,\"stalled\":%s}\n",
         (unsigned long long)latency.count, seconds, seconds > 0 ? (double)latency.count / seconds : 0.0,
         histogram_quantile_us(&latency, 0.5), histogram_quantile_us(&latency, 0.99),
         histogram_quantile_us(&latency, 0.999), (double)latency.max_ns / 1000.0, (unsigned long long)ok,
         (unsigned long long)not_found, (unsigned long long)temp, (unsigned long long)other,
         (unsigned long long)errors, stalled ? "true" : "false");
  return 0;
}
