/*
 * The measuring tool of `antrea-lab bench`, for what iperf3 does not measure.
 *
 *   probe serve PORT               answers until it is killed
 *   probe requests HOST PORT S     one byte there, one byte back, on one connection
 *   probe connects HOST PORT S     connect, one byte there, one byte back, close, and anew
 *   probe time CMD ARG...          runs a program once, from fork to exit; its output goes nowhere
 *
 * Each prints one line of JSON. The client's byte says what the server does after its answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KEEP = 'k', CLOSE = 'c', MAX_CONNECTIONS = 64 };

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct sockaddr_in address(const char *host, const char *port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
  if (inet_pton(AF_INET, host, &a.sin_addr) != 1) {
    fprintf(stderr, "%s is no IPv4 address\n", host);
    exit(2);
  }
  return a;
}

static int tcp_socket(void) {
  int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) fail("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return fd;
}

/* Answers one byte; gives whether the connection stays open. */
static int answer(int fd) {
  char byte;
  if (read(fd, &byte, 1) != 1) return 0;
  return write(fd, &byte, 1) == 1 && byte == KEEP;
}

static void serve(const char *port) {
  struct sockaddr_in a = address("0.0.0.0", port);
  struct pollfd fds[MAX_CONNECTIONS] = {{.fd = tcp_socket(), .events = POLLIN}};
  int count = 1;
  if (bind(fds[0].fd, (struct sockaddr *)&a, sizeof a) != 0) fail("bind");
  if (listen(fds[0].fd, 128) != 0) fail("listen");
  printf("listening\n");
  fflush(stdout);
  for (;;) {
    if (poll(fds, (nfds_t)count, -1) < 0) fail("poll");
    for (int i = count - 1; i > 0; i--) {
      if (!fds[i].revents || answer(fds[i].fd)) continue;
      close(fds[i].fd);
      fds[i] = fds[--count];
    }
    if ((fds[0].revents & POLLIN) && count < MAX_CONNECTIONS) {
      int on = 1, fd = accept(fds[0].fd, NULL, NULL);
      if (fd < 0) continue;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      fds[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
  }
}

static int open_connection(const struct sockaddr_in *to) {
  int fd = tcp_socket();
  if (connect(fd, (const struct sockaddr *)to, sizeof *to) != 0) fail("connect");
  return fd;
}

static void ask(int fd, char what) {
  char byte = what;
  if (write(fd, &byte, 1) != 1) fail("write");
  if (read(fd, &byte, 1) != 1) fail("read");
}

static void client(const char *host, const char *port, double seconds, int renew) {
  struct sockaddr_in to = address(host, port);
  long count = 0;
  double start, end, t;
  int fd = -1;
  if (!renew) ask(fd = open_connection(&to), KEEP);
  start = now();
  end = start + seconds;
  do {
    if (renew) {
      char rest;
      ask(fd = open_connection(&to), CLOSE);
      while (read(fd, &rest, 1) > 0) continue; /* the server closes first and keeps TIME_WAIT */
      close(fd);
    } else {
      ask(fd, KEEP);
    }
    count++;
    t = now();
  } while (t < end);
  printf("{\"count\":%ld,\"seconds\":%.6f}\n", count, t - start);
}

static void time_program(char **argv) {
  double start = now();
  int status, null;
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    execv(argv[0], argv);
    fail(argv[0]);
  }
  if (waitpid(child, &status, 0) < 0) fail("waitpid");
  printf("{\"count\":%d,\"seconds\":%.6f}\n", WIFEXITED(status) && WEXITSTATUS(status) == 0,
         now() - start);
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  if (argc == 3 && strcmp(argv[1], "serve") == 0) {
    serve(argv[2]);
  } else if (argc == 5 && strcmp(argv[1], "requests") == 0) {
    alarm((unsigned)atoi(argv[4]) + 10);
    client(argv[2], argv[3], atof(argv[4]), 0);
  } else if (argc == 5 && strcmp(argv[1], "connects") == 0) {
    alarm((unsigned)atoi(argv[4]) + 10);
    client(argv[2], argv[3], atof(argv[4]), 1);
  } else if (argc > 2 && strcmp(argv[1], "time") == 0) {
    time_program(argv + 2);
  } else {
    fprintf(stderr, "usage: probe serve PORT | requests|connects HOST PORT SECONDS | time CMD...\n");
    return 2;
  }
  return 0;
}
