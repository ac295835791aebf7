/* Holds a Pod's namespaces: does nothing, reaps what is orphaned, ends when asked to. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void finish(int signal_number) {
  (void)signal_number;
  _exit(0);
}

int main(void) {
  struct sigaction reap = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP | SA_NOCLDWAIT};
  struct sigaction end = {.sa_handler = finish};

  if (sigaction(SIGCHLD, &reap, NULL) || sigaction(SIGINT, &end, NULL) ||
      sigaction(SIGTERM, &end, NULL))
    return EXIT_FAILURE;
  for (;;)
    pause();
}
