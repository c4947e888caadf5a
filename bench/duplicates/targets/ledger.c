/* A store of small accounts, with 24 seeded memory flaws. Made for bench/deduplication.py; serves nothing else.
   Several flaws end in the same helper (put_bytes, add_up, shift), and some end in many places (3, 5, 12, 13). */
#define FLAWS 24
#include "harness.h"

typedef struct account { uint8_t *data; unsigned cap, used; char *name; struct account *next; } account;
enum { ACCOUNTS = 6, TAGS = 8 };
static account accounts[ACCOUNTS];
static uint8_t tags[TAGS];
static int limits[4] = {10, 20, 30, 40};
static uint8_t *last;
static char unnamed[8] = "unnamed";
static volatile unsigned sink;

static void put_bytes(uint8_t *to, const uint8_t *from, unsigned count, unsigned step) {
  for (unsigned i = 0; i < count; i++) to[i] = from[(i * step) & 3];
}
static void move_bytes(uint8_t *to, const uint8_t *from, unsigned count) {
  for (unsigned i = 0; i < count; i++) to[i] = from[i];
}
static unsigned add_up(const uint8_t *from, unsigned count) {
  unsigned sum = 0;
  for (unsigned i = 0; i < count; i++) sum += from[i];
  return sum;
}
static void shift(uint8_t *from, int by, unsigned count) {
  if (by > 0) for (unsigned i = count; i > 0; i--) from[i - 1 + (unsigned)by] = from[i - 1];
  else for (unsigned i = 0; i < count; i++) from[(int)i + by] = from[i];
}
static account *of(unsigned number) { return &accounts[number % ACCOUNTS]; }

static void op_open(unsigned a, unsigned size) {
  account *one = of(a);
  if (one->data) {
    if (!FIXED(0) && size == 7) free(one->data);
    else return;
  }
  one->data = calloc(1, size + 1);
  one->cap = size + 1;
  one->used = 0;
}
static void op_write(unsigned a, unsigned at, const uint8_t *from, unsigned count) {
  account *one = of(a);
  if (!one->data) return;
  if (FIXED(1) ? at + count > one->cap : at > one->cap) return;
  put_bytes(one->data + at, from, count, 1);
  if (at + count > one->used) one->used = at + count <= one->cap ? at + count : one->used;
}
static void op_append(unsigned a, const uint8_t *from, unsigned count) {
  account *one = of(a);
  if (!one->data) return;
  if (FIXED(2) && one->used + count > one->cap) return;
  put_bytes(one->data + one->used, from, count, 3);
  one->used += count;
}
static void op_close(unsigned a) {
  account *one = of(a);
  if (!one->data) return;
  free(one->data);
  if (last == one->data) last = NULL;
  if (FIXED(3)) { one->data = NULL; one->cap = one->used = 0; }
}
static void op_sum(unsigned a, unsigned at, unsigned count) {
  account *one = of(a);
  if (!one->data || at > one->cap) return;
  if (FIXED(4) && at + count > one->cap) count = one->cap - at;
  sink += add_up(one->data + at, count);
}
static void op_trim(unsigned a, unsigned size) {
  account *one = of(a);
  if (!one->data || size >= one->cap) return;
  uint8_t *smaller = malloc(size + 1);
  memcpy(smaller, one->data, size);
  if (last == one->data) last = NULL;
  free(one->data);
  one->data = smaller;
  if (FIXED(5)) one->cap = size + 1;
  if (one->used > size) one->used = size;
}
static void op_name(unsigned a, const uint8_t *from, unsigned count) {
  char name[12];
  if (FIXED(6) && count > sizeof name - 1) count = sizeof name - 1;
  put_bytes((uint8_t *)name, from, count, 1);
  name[count < sizeof name ? count : sizeof name - 1] = 0;
  account *one = of(a);
  if (one->name && one->name != unnamed) free(one->name);
  one->name = strdup(name);
}
static void op_tag(unsigned at, unsigned value) {
  if (FIXED(7) && at >= TAGS) return;
  tags[at & 31] = (uint8_t)value;
}
static void op_tagged(unsigned at) {
  if (FIXED(8) && at >= TAGS) return;
  sink += tags[at & 31];
}
static void op_split(unsigned a, unsigned at) {
  account *one = of(a), *rest = of(a + 1);
  if (!one->data || rest->data) return;
  if (FIXED(9) && at > one->cap) return;
  int left = (int)one->cap - (int)at;
  rest->data = malloc(256);
  memcpy(rest->data, one->data, (size_t)left);
  rest->cap = 256;
}
static unsigned follow(account *one, unsigned depth) {
  volatile uint8_t frame[512];
  frame[depth & 511] = 1;
  if (!one || (FIXED(10) && depth > ACCOUNTS)) return depth;
  return follow(one->next, depth + 1) + frame[depth & 511];
}
static void op_average(unsigned a) {
  account *one = of(a);
  if (!one->data) return;
  if (FIXED(11) && !one->used) return;
  sink += one->cap * 100 / one->used;
}
static void op_grow(unsigned a, unsigned by) {
  account *one = of(a);
  if (!one->data) return;
  uint8_t *larger = calloc(1, one->cap + by + 1);
  memcpy(larger, one->data, one->used < one->cap ? one->used : 0);
  if (FIXED(12) && last == one->data) last = NULL;
  free(one->data);
  one->data = larger;
  one->cap += by + 1;
}
static void op_remember(unsigned a) { last = of(a)->data; }
static void op_touch(void) { if (last) last[0]++; }
static void op_glance(void) { if (last) sink += add_up(last, 1); }
static void op_stamp(const uint8_t *from) { if (last) put_bytes(last, from, 1, 1); }
static const char *label(account *one) { return one->name ? one->name : NULL; }
static void op_show(unsigned a) {
  const char *name = label(of(a));
  if (FIXED(13) && !name) return;
  sink += (unsigned)name[0];
}
static void op_initial(unsigned a) {
  const char *name = label(of(a));
  if (FIXED(13) && !name) name = "?";
  for (; *name; name++) sink += (unsigned)*name;
}
static void op_sort(unsigned a) {
  account *one = of(a);
  if (!one->data) return;
  unsigned count = one->cap;
  for (unsigned i = 0; i + (FIXED(14) ? 1 : 0) < count; i++)
    if (one->data[i] > one->data[i + 1]) sink++;
}
static void op_insert(unsigned a, unsigned at) {
  account *one = of(a);
  if (!one->data || at >= one->cap) return;
  unsigned count = one->cap - at - (FIXED(15) ? 1 : 0);
  shift(one->data + at, 1, count);
}
static void op_erase(unsigned a, unsigned at) {
  account *one = of(a);
  if (!one->data || at >= one->cap) return;
  if (FIXED(16) && at == 0) return;
  shift(one->data + at, -1, one->cap - at);
}
static void op_merge(unsigned a, unsigned b) {
  account *one = of(a), *other = of(b);
  if (!one->data || !other->data || one == other) return;
  unsigned total = one->cap + other->cap;
  uint8_t narrow = (uint8_t)(total * 4);
  unsigned size = FIXED(17) ? total : narrow;
  uint8_t *both = malloc(size + 1);
  if (FIXED(17) || size) {
    move_bytes(both, one->data, one->cap);
    move_bytes(both + one->cap, other->data, other->cap);
  }
  free(both);
}
static void op_drop_name(unsigned a) {
  account *one = of(a);
  if (!one->name) one->name = unnamed;
  if (FIXED(18) && one->name == unnamed) return;
  free(one->name);
  one->name = NULL;
}
static void op_limit(unsigned at) {
  if (FIXED(19) && at > 3) return;
  sink += (unsigned)limits[at & 7];
}
static void op_copy(unsigned a, unsigned b) {
  account *one = of(a), *other = of(b);
  if (!one->data || !other->data || one == other) return;
  unsigned count = FIXED(20) && other->cap < one->cap ? other->cap : one->cap;
  move_bytes(other->data, one->data, count);
}
static void op_total(unsigned a, unsigned b) {
  unsigned totals[6] = {0};
  if (FIXED(21) && b > 5) return;
  totals[b & 15] += add_up((const uint8_t *)limits, 1) + a;
  sink += totals[a % 6];
}
static void op_print(unsigned a) {
  char text[4];
  account *one = of(a);
  if (!one->data) return;
  if (FIXED(22) && one->cap > 9) return;
  sprintf(text, "%u%s", one->cap, "##");
  sink += (unsigned)text[0];
}
static void op_tail(unsigned a, unsigned back) {
  account *one = of(a);
  if (!one->data) return;
  if (FIXED(23) && back > one->cap) return;
  sink += add_up(one->data + (int)one->cap - (int)back, 1);
}

static int run(const uint8_t *input, size_t size) {
  OPS(input, size) {
    const uint8_t *op = input + record * 4;
    unsigned a = op[1], b = op[2], c = op[3];
    switch (op[0] % 29) {
      case 0: op_open(a, b); break;
      case 1: op_write(a, b, op, c); break;
      case 2: op_append(a, op, b); break;
      case 3: op_close(a); break;
      case 4: op_sum(a, b, c); break;
      case 5: op_trim(a, b); break;
      case 6: op_name(a, op, b); break;
      case 7: op_tag(a, b); break;
      case 8: op_tagged(a); break;
      case 9: op_split(a, b); break;
      case 10: if (of(a) != of(b)) of(a)->next = of(b); break;
      case 11: sink += follow(of(a), 0); break;
      case 12: op_average(a); break;
      case 13: op_grow(a, b); break;
      case 14: op_remember(a); break;
      case 15: op_touch(); break;
      case 16: op_glance(); break;
      case 17: op_stamp(op); break;
      case 18: op_show(a); break;
      case 19: op_initial(a); break;
      case 20: op_sort(a); break;
      case 21: op_insert(a, b); break;
      case 22: op_erase(a, b); break;
      case 23: op_merge(a, b); break;
      case 24: op_drop_name(a); break;
      case 25: op_limit(a); break;
      case 26: op_copy(a, b); break;
      case 27: op_total(a, b); break;
      case 28: if (c & 1) op_print(a); else op_tail(a, b); break;
    }
  }
  return 0;
}
