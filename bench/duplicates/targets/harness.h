/* Runs one target over many inputs, each in a child of its own.

   target find FOLDER INPUT...    prints "NUMBER RECORD" for each crash, RECORD being the one at which it happened, from 0
   target crash FOLDER INPUT...   the same, and writes FOLDER/NUMBER.PID (the sanitizer's report)
   target fixes INPUT...          prints for each input one letter a seeded flaw: "." where its fix alone makes the input
                                  harmless, "x" where it still crashes

   Flaw n is fixed while bit n of `fixes` is set: one build answers what a build with -DFIX_n each would answer. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void __sanitizer_set_report_path(const char *path);
void __sanitizer_set_death_callback(void (*callback)(void));

static uint64_t fixes;
static int record;
#define FIXED(n) (fixes >> (n) & 1)
#define OPS(input, size) for (record = 0; (size_t)record * 4 + 4 <= (size); record++)

static int run(const uint8_t *input, size_t size);
static int progress = -1;

static void died(void) {
  if (progress >= 0 && write(progress, &record, sizeof record) < 0) _exit(98);
}

static int child(const uint8_t *input, size_t size, uint64_t with, const char *report, int *at) {
  int ends[2];
  if (pipe(ends)) exit(3);
  fflush(stdout);
  pid_t pid = fork();
  if (pid < 0) exit(4);
  if (!pid) {
    struct rlimit seconds = {2, 2};
    setrlimit(RLIMIT_CPU, &seconds);
    close(ends[0]);
    progress = ends[1];
    fixes = with;
    if (report) {
      __sanitizer_set_report_path(report);
    } else {
      int null = open("/dev/null", O_WRONLY);
      dup2(null, 2);
    }
    __sanitizer_set_death_callback(died);
    run(input, size);
    _exit(0);
  }
  close(ends[1]);
  if (read(ends[0], at, sizeof *at) != sizeof *at) *at = -1;
  close(ends[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv) {
  int write_reports = argc > 3 && !strcmp(argv[1], "crash");
  int crash = write_reports || (argc > 3 && !strcmp(argv[1], "find"));
  for (int number = crash ? 3 : 2; number < argc; number++) {
    static uint8_t input[1 << 16];
    int file = open(argv[number], O_RDONLY), at = 0;
    ssize_t size = file < 0 ? -1 : read(file, input, sizeof input);
    if (size < 0) return 5;
    close(file);
    if (crash) {
      char report[4096];
      snprintf(report, sizeof report, "%s/%d", argv[2], number - 3);
      if (child(input, (size_t)size, 0, write_reports ? report : NULL, &at) == 99) printf("%d %d\n", number - 3, at);
    } else {
      for (int flaw = 0; flaw < FLAWS; flaw++)
        putchar(child(input, (size_t)size, 1ull << flaw, NULL, &at) == 0 ? '.' : 'x');
      putchar('\n');
    }
  }
  return 0;
}
