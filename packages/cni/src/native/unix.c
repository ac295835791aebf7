/*
 * unixRequest(path, line, timeoutMs): what QuickJS lacks. Sends `line` over the Unix stream socket at
 * `path` and gives the text received up to and without the first line break. Gives a number where
 * there is none: the errno of what failed, 0 for a peer that closed without a line, and -1 for one
 * that took the request but did not answer within `timeoutMs`.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "quickjs.h"

#define MAX_REPLY (16u << 20)

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits until the socket is ready; 1, 0 for too late, or -errno. */
static int wait_for(int fd, short events, int64_t deadline) {
  for (;;) {
    int64_t left = deadline - now_ms();
    struct pollfd p = {.fd = fd, .events = events};
    int n = poll(&p, 1, left > 0 ? (int)left : 0);
    if (n > 0) return 1;
    if (n == 0) return 0;
    if (errno != EINTR) return -errno;
  }
}

static int connect_within(int fd, const char *path, int64_t timeout_ms) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
  strcpy(address.sun_path, path);
  /* connect() blocks while the listener's queue is full; this bounds it. */
  struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = (timeout_ms % 1000) * 1000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : 1;
}

/* 1, 0 for too late, or -errno. */
static int send_all(int fd, const char *text, size_t size, int64_t deadline) {
  while (size > 0) {
    int ready = wait_for(fd, POLLOUT, deadline);
    if (ready <= 0) return ready;
    ssize_t n = send(fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return -errno;
    if (n > 0) text += n, size -= (size_t)n;
  }
  return 1;
}

static JSValue receive_line(JSContext *ctx, int fd, int64_t deadline) {
  size_t size = 0, room = 0;
  char *text = NULL;
  JSValue result = JS_NewInt32(ctx, 0);
  for (;;) {
    int ready = wait_for(fd, POLLIN, deadline);
    if (ready <= 0) {
      result = JS_NewInt32(ctx, ready == 0 ? -1 : -ready);
      break;
    }
    if (room - size < 4096) {
      room = room ? room * 2 : 16384;
      char *more = room > MAX_REPLY ? NULL : realloc(text, room);
      if (!more) {
        result = JS_NewInt32(ctx, EMSGSIZE);
        break;
      }
      text = more;
    }
    ssize_t n = recv(fd, text + size, room - size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      result = JS_NewInt32(ctx, n < 0 ? errno : 0);
      break;
    }
    char *end = memchr(text + size, '\n', (size_t)n);
    size += (size_t)n;
    if (end) {
      result = JS_NewStringLen(ctx, text, (size_t)(end - text));
      break;
    }
  }
  free(text);
  return result;
}

static JSValue unix_request(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  int64_t timeout_ms;
  size_t size;
  if (argc < 3 || JS_ToInt64(ctx, &timeout_ms, argv[2])) return JS_EXCEPTION;
  const char *path = JS_ToCString(ctx, argv[0]);
  const char *line = JS_ToCStringLen(ctx, &size, argv[1]);
  JSValue result = JS_EXCEPTION;
  int fd = path && line ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
  if (fd >= 0) {
    int64_t deadline = now_ms() + timeout_ms;
    int done = connect_within(fd, path, timeout_ms);
    if (done == -EAGAIN) done = 0;
    if (done > 0) done = send_all(fd, line, size, deadline);
    result = done > 0 ? receive_line(ctx, fd, deadline) : JS_NewInt32(ctx, done == 0 ? -1 : -done);
    close(fd);
  } else if (path && line) {
    result = JS_NewInt32(ctx, errno);
  }
  JS_FreeCString(ctx, path);
  JS_FreeCString(ctx, line);
  return result;
}

static const JSCFunctionListEntry functions[] = {JS_CFUNC_DEF("unixRequest", 3, unix_request)};

static int init(JSContext *ctx, JSModuleDef *module) {
  return JS_SetModuleExportList(ctx, module, functions, 1);
}

JSModuleDef *js_init_module_antrea_unix(JSContext *ctx, const char *name) {
  JSModuleDef *module = JS_NewCModule(ctx, name, init);
  if (module) JS_AddModuleExportList(ctx, module, functions, 1);
  return module;
}
