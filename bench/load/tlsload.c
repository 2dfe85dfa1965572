/* A load generator for policy hosts, which behaves as a fetcher of policies does: connection, handshake with the host's
 * name as SNI, one GET, end. As many fetches as there are connections are under way at once.
 *
 *   tlsload --to tcp:PORT --hosts FILE [--connections N] [--seconds T] [--warmup T] [--fill] [--tls12] [--seed N]
 *
 * Host names come one a line and are drawn at random. With --fill each is first fetched from once. No session is offered,
 * so that every handshake is a full one. The certificate is not verified, since that would cost the generator as much as
 * all the rest; its signature is. Every reply must be a 200 whose body begins with "version: STSv1".
 *
 * When the warm-up is over it writes the line "ready" and waits for a line, or the end of its input, before it measures.
 * Then it prints one JSON object; latencies are microseconds, from connect() to the last byte of the reply. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <time.h>

#include "endpoint.h"
#include "histogram.h"

#define REPLY_MAX 4096

struct fetch {
  int fd;
  SSL *ssl;
  size_t host, have;
  uint64_t since_ns;
  uint32_t interest;
  char reply[REPLY_MAX + 1];
};

static struct {
  const char *to, *hosts;
  int connections, fill, tls12;
  double seconds, warmup;
  uint64_t seed;
} option = {.connections = 16, .seconds = 5, .seed = 88172645463325252ull};

static char **hosts;
static size_t host_count, next_fill;
static SSL_CTX *ctx;
static int epoll_fd, under_way;
static union address address;
static socklen_t address_length;
static struct histogram latency;
static uint64_t errors, record_from_ns;

static uint64_t clock_ns(clockid_t id) {
  struct timespec now;
  clock_gettime(id, &now);
  return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

static void read_hosts(void) {
  FILE *file = fopen(option.hosts, "r");
  if (!file) die(option.hosts);
  size_t room = 1 << 12, line_room = 0;
  char *line = NULL;
  hosts = malloc(room * sizeof *hosts);
  while (getline(&line, &line_room, file) >= 0) {
    line[strcspn(line, "\r\n")] = 0;
    if (host_count == room) hosts = realloc(hosts, (room *= 2) * sizeof *hosts);
    if (!hosts || !(hosts[host_count++] = strdup(line))) die("malloc");
  }
  free(line);
  fclose(file);
  if (host_count == 0) {
    fprintf(stderr, "Cannot use %s: holds no host, must hold one a line\n", option.hosts);
    exit(2);
  }
}

static size_t choose_host(void) {
  if (option.fill && next_fill < host_count) return next_fill++;
  option.seed ^= option.seed << 13; /* xorshift64 */
  option.seed ^= option.seed >> 7;
  option.seed ^= option.seed << 17;
  return option.seed % host_count;
}

static void await(struct fetch *f, uint32_t interest, int operation) {
  struct epoll_event event = {.events = interest, .data.ptr = f};
  if (operation == EPOLL_CTL_MOD && f->interest == interest) return;
  if (epoll_ctl(epoll_fd, operation, f->fd, &event) < 0) die("epoll_ctl");
  f->interest = interest;
}

static void begin(struct fetch *f) {
  f->host = choose_host();
  f->have = 0;
  f->since_ns = now_ns();
  f->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (f->fd < 0) die("socket");
  endpoint_no_delay(f->fd, &address);
  if (connect(f->fd, &address.any, address_length) < 0 && errno != EINPROGRESS) die("connect");
  f->ssl = SSL_new(ctx);
  if (!f->ssl) die("SSL_new");
  SSL_set_fd(f->ssl, f->fd);
  SSL_set_tlsext_host_name(f->ssl, hosts[f->host]);
  SSL_set_connect_state(f->ssl);
  under_way++;
  await(f, EPOLLOUT, EPOLL_CTL_ADD);
}

static void end(struct fetch *f, int good) {
  if (!good && errors++ < 3) {
    fprintf(stderr, "tlsload: fetch from %s failed after \"%.60s\": ", hosts[f->host], f->reply);
    ERR_print_errors_fp(stderr);
    fputc('\n', stderr);
  }
  ERR_clear_error();
  if (good) {
    if (f->since_ns >= record_from_ns) histogram_add(&latency, now_ns() - f->since_ns);
    SSL_shutdown(f->ssl);
  }
  SSL_free(f->ssl);
  close(f->fd);
  under_way--;
}

/* Whether the reply is whole: 1 yes, 0 not yet, -1 it is not what was asked for. */
static int judge(struct fetch *f) {
  f->reply[f->have] = 0;
  char *body = strstr(f->reply, "\r\n\r\n");
  if (!body) return f->have < REPLY_MAX ? 0 : -1;
  body += 4;
  char *length = strcasestr(f->reply, "\r\ncontent-length:");
  if (strncmp(f->reply, "HTTP/1.1 200 ", 13) != 0 || !length || length > body) return -1;
  if (f->have - (size_t)(body - f->reply) < strtoul(length + 17, NULL, 10)) return 0;
  return strncmp(body, "version: STSv1", 14) == 0 ? 1 : -1;
}

/* 1 when the fetch is over and went well, 0 when it waits, -1 when it failed. */
static int advance(struct fetch *f) {
  int result;
  if (!SSL_is_init_finished(f->ssl)) {
    result = SSL_do_handshake(f->ssl);
    if (result == 1) {
      char request[512];
      int length = snprintf(request, sizeof request,
                            "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: %s\r\nUser-Agent: tlsload\r\n"
                            "Accept: text/plain\r\nConnection: close\r\n\r\n",
                            hosts[f->host]);
      result = SSL_write(f->ssl, request, length);
    }
  } else {
    for (;;) {
      result = SSL_read(f->ssl, f->reply + f->have, (int)(REPLY_MAX - f->have));
      if (result <= 0) break;
      f->have += (size_t)result;
      int verdict = judge(f);
      if (verdict != 0) return verdict;
    }
  }
  int why = result == 1 ? SSL_ERROR_NONE : SSL_get_error(f->ssl, result);
  if (result > 1 || why == SSL_ERROR_WANT_READ) await(f, EPOLLIN, EPOLL_CTL_MOD);
  else if (why == SSL_ERROR_WANT_WRITE) await(f, EPOLLOUT, EPOLL_CTL_MOD);
  else return -1;
  return 0;
}

static void run(uint64_t end_ns) {
  struct epoll_event events[256];
  uint64_t last_ns = now_ns();
  while (under_way > 0 && now_ns() < end_ns) {
    int count = epoll_wait(epoll_fd, events, 256, 1000);
    for (int i = 0; i < count; i++) {
      struct fetch *f = events[i].data.ptr;
      ERR_clear_error();
      int state = advance(f);
      if (state == 0) continue;
      end(f, state > 0);
      if (errors > 1000) return;
      begin(f);
      last_ns = now_ns();
    }
    if (now_ns() - last_ns > 30000000000ull) {
      errors++;
      return;
    }
  }
}

static void read_options(int argc, char **argv) {
  static const struct option names[] = {
      {"to", 1, 0, 't'},     {"hosts", 1, 0, 'h'},  {"connections", 1, 0, 'c'}, {"seconds", 1, 0, 's'},
      {"warmup", 1, 0, 'w'}, {"fill", 0, 0, 'f'},   {"tls12", 0, 0, '2'},       {"seed", 1, 0, 'e'},
      {0}};
  for (int name; (name = getopt_long(argc, argv, "", names, NULL)) >= 0;) {
    if (name == 't') option.to = optarg;
    else if (name == 'h') option.hosts = optarg;
    else if (name == 'c') option.connections = atoi(optarg);
    else if (name == 's') option.seconds = atof(optarg);
    else if (name == 'w') option.warmup = atof(optarg);
    else if (name == 'f') option.fill = 1;
    else if (name == '2') option.tls12 = 1;
    else if (name == 'e') option.seed = strtoull(optarg, NULL, 10) | 1;
    else exit(2);
  }
  if (!option.to || strncmp(option.to, "tcp:", 4) != 0 || !option.hosts || option.connections < 1) {
    fprintf(stderr, "usage: tlsload --to tcp:PORT --hosts FILE [options]\n");
    exit(2);
  }
}

static void make_context(void) {
  ctx = SSL_CTX_new(TLS_client_method());
  if (!ctx) die("SSL_CTX_new");
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  if (option.tls12) SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  read_hosts();
  make_context();
  address_length = endpoint_parse(option.to, &address);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  struct fetch *fetches = calloc((size_t)option.connections, sizeof *fetches);
  if (!fetches) die("calloc");
  record_from_ns = UINT64_MAX;
  for (int i = 0; i < option.connections; i++) begin(&fetches[i]);
  while (option.fill && next_fill < host_count && errors == 0) run(now_ns() + 10000000);
  run(now_ns() + (uint64_t)(option.warmup * 1e9));
  puts("ready");
  fflush(stdout);
  while (getchar() > '\n') {
  }
  uint64_t cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  record_from_ns = now_ns();
  run(record_from_ns + (uint64_t)(option.seconds * 1e9));
  double seconds = (double)(now_ns() - record_from_ns) / 1e9;
  double busy = (double)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns) / 1e9 / seconds;
  printf("{\"requests\":%llu,\"seconds\":%.4f,\"perSecond\":%.1f,\"p50Us\":%.1f,\"p99Us\":%.1f,\"maxUs\":%.1f,"
         "\"errors\":%llu,\"generatorBusy\":%.3f}\n",
         (unsigned long long)latency.count, seconds, (double)latency.count / seconds,
         histogram_quantile_us(&latency, 0.5), histogram_quantile_us(&latency, 0.99),
         (double)latency.max_ns / 1000.0, (unsigned long long)errors, busy);
  return 0;
}
