/* A calculator with a stack, lists and names, with 22 seeded memory flaws. Made for bench/deduplication.py; serves nothing
   else. push, pop and item are where many flaws end; a list that is freed too early (4), one that shrinks (5) and a frame
   that is left (12) end in many places. */
#define FLAWS 22
#include "harness.h"

enum { DEPTH = 8, LISTS = 4, NAMES = 6 };
typedef struct { int *items; unsigned count, room; } list;
typedef struct { int values[DEPTH]; int height; } stack;
typedef struct node { struct node *left, *right; int value; } node;
static stack *machine;
static list lists[LISTS];
static char *names[NAMES];
static int constants[10] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3};
static node *tree;
static int *frame;
static volatile int sink;

static void push_at(stack *one, int at, int value) { one->values[at] = value; }
static int pop_at(stack *one, int at) { return one->values[at]; }
static void push(int value) { push_at(machine, machine->height++, value); }
static int pop(void) { return pop_at(machine, --machine->height); }
static int room_for(int count) { return machine->height + count <= DEPTH; }
static int has(int count) { return machine->height >= count; }
static int *item(list *one, int at) { return &one->items[at]; }
static list *of(unsigned number) { return &lists[number % LISTS]; }

static void literal(int value) {
  if (FIXED(0) && !room_for(1)) return;
  push(value);
}
static void duplicate(void) {
  if (!has(1)) return;
  if (FIXED(1) && !room_for(1)) return;
  int value = pop();
  push(value);
  push(value);
}
static void add(void) {
  if (FIXED(2) && !has(2)) return;
  int left = pop(), right = pop();
  push((int)((unsigned)left + (unsigned)right));
}
static void negate(void) {
  if (FIXED(3) && !has(1)) return;
  int value = pop();
  push((int)-(unsigned)value);
}
static void divide(void) {
  if (!has(2)) return;
  int left = pop(), right = pop();
  if (FIXED(6) && right == 0) right = 1;
  push(left / right);
}
static void new_list(unsigned a, unsigned room) {
  list *one = of(a);
  if (one->items) return;
  one->room = room % 12 + 1;
  one->items = calloc(one->room, sizeof *one->items);
  one->count = 0;
}
static void free_list(unsigned a) {
  list *one = of(a);
  free(one->items);
  if (FIXED(4)) { one->items = NULL; one->count = one->room = 0; }
}
static void shrink(unsigned a, unsigned room) {
  list *one = of(a);
  if (!one->items || room >= one->room) return;
  int *less = calloc(room + 1, sizeof *less);
  free(one->items);
  one->items = less;
  if (FIXED(5)) one->room = room + 1;
  if (FIXED(5) && one->count > one->room) one->count = one->room;
}
static void append(unsigned a, int value) {
  list *one = of(a);
  if (!one->items) return;
  if (FIXED(7) && one->count >= one->room) return;
  *item(one, (int)one->count++) = value;
}
static void store(unsigned a, unsigned at, int value) {
  list *one = of(a);
  if (!one->items) return;
  if (FIXED(8) ? at >= one->room : at > one->room) return;
  *item(one, (int)at) = value;
}
static void load(unsigned a, int at) {
  list *one = of(a);
  if (!one->items || at >= (int)one->room) return;
  if (FIXED(9) && at < 0) return;
  sink += *item(one, at);
}
static void sum_list(unsigned a) {
  list *one = of(a);
  if (!one->items) return;
  for (unsigned i = 0; i < one->room; i++) sink += *item(one, (int)i);
}
static void clear_list(unsigned a) {
  list *one = of(a);
  if (one->items) memset(one->items, 0, one->room * sizeof *one->items);
}
static void reverse(unsigned a) {
  list *one = of(a);
  if (!one->items || one->room < 2) return;
  for (unsigned i = 0, j = one->room - (FIXED(10) ? 1 : 0); i < j; i++, j--) {
    int kept = *item(one, (int)i);
    *item(one, (int)i) = *item(one, (int)j);
    *item(one, (int)j) = kept;
  }
}
static void constant(unsigned at) {
  if (FIXED(11) && at > 9) return;
  sink += constants[at & 15];
}
static void enter(unsigned size) {
  if (frame) return;
  frame = calloc(size % 6 + 1, sizeof *frame);
}
static void leave(void) {
  free(frame);
  if (FIXED(12)) frame = NULL;
}
static void set_local(int value) { if (frame) frame[0] = value; }
static void get_local(void) { if (frame) sink += frame[0]; }
static void bump_local(void) { if (frame) ++*frame; }
static void define(unsigned a, const uint8_t *from, unsigned count) {
  char name[10];
  if (FIXED(13) && count >= sizeof name) count = sizeof name - 1;
  for (unsigned i = 0; i < count % 48; i++) name[i] = (char)('a' + from[i & 3] % 26);
  name[count % 48 < 10 ? count % 48 : 9] = 0;
  free(names[a % NAMES]);
  names[a % NAMES] = strdup(name);
}
static void recall(unsigned a) {
  char *name = names[a % NAMES];
  if (FIXED(14) && !name) return;
  sink += name[0];
}
static void compare_names(unsigned a, unsigned b) {
  char *left = names[a % NAMES], *right = names[b % NAMES];
  if (!left || (FIXED(15) && !right)) return;
  sink += left[0] < right[0];
}
static void join(unsigned a, unsigned b) {
  char *left = names[a % NAMES], *right = names[b % NAMES];
  if (!left || !right) return;
  size_t size = strlen(left) + (FIXED(16) ? strlen(right) : 0) + 1;
  char *both = malloc(size);
  char *end = both;
  for (char *from = left; *from; from++) *end++ = *from;
  for (char *from = right; *from; from++) *end++ = *from;
  *end = 0;
  free(both);
}
static int evaluate(unsigned kind, unsigned depth);
static int term(unsigned kind, unsigned depth) { return evaluate(kind + 1, depth + 1); }
static int factor(unsigned kind, unsigned depth) { return evaluate(kind + 2, depth + 1); }
static int evaluate(unsigned kind, unsigned depth) {
  volatile char room[300];
  room[depth % 300] = 1;
  if (FIXED(17) && depth > 50) return 0;
  return (kind & 1 ? term(kind, depth) : factor(kind, depth)) + room[depth % 300];
}
static void grow_tree(int value) {
  node *one = calloc(1, sizeof *one);
  one->value = value;
  one->left = tree;
  tree = one;
}
static void prune(void) {
  if (!tree) return;
  node *gone = tree;
  if (FIXED(18)) tree = gone->left;
  free(gone);
}
static int tree_sum(node *one) { return one ? one->value + tree_sum(one->right) : 0; }
static int tree_top(void) { return tree ? tree->value : 0; }
static void pick(unsigned at) {
  if (!machine->height) return;
  if (FIXED(19) && at >= (unsigned)machine->height) return;
  sink += pop_at(machine, machine->height - 1 - (int)(at & 63));
}
static void poke(unsigned at, int value) {
  if (FIXED(20) && at >= DEPTH) return;
  push_at(machine, (int)(at & 31), value);
}
static void swap_lists(unsigned a, unsigned b) {
  list *one = of(a), *other = of(b);
  if (!one->items || !other->items || one == other) return;
  unsigned count = FIXED(21) && other->room < one->room ? other->room : one->room;
  for (unsigned i = 0; i < count; i++) sink += *item(other, (int)i);
}

static int run(const uint8_t *input, size_t size) {
  machine = calloc(1, sizeof *machine);
  OPS(input, size) {
    const uint8_t *op = input + record * 4;
    unsigned a = op[1], b = op[2], c = op[3];
    switch (op[0] % 32) {
      case 0: literal((int)a); break;
      case 1: duplicate(); break;
      case 2: add(); break;
      case 3: negate(); break;
      case 4: divide(); break;
      case 5: case 6: new_list(a, b); break;
      case 7: free_list(a); break;
      case 8: shrink(a, b % 12); break;
      case 9: append(a, (int)b); break;
      case 10: store(a, b, (int)c); break;
      case 11: load(a, (int8_t)b); break;
      case 12: sum_list(a); break;
      case 13: clear_list(a); break;
      case 14: reverse(a); break;
      case 15: constant(a); break;
      case 16: enter(a); break;
      case 17: leave(); break;
      case 18: set_local((int)a); break;
      case 19: get_local(); break;
      case 20: bump_local(); break;
      case 21: define(a, op, b); break;
      case 22: recall(a); break;
      case 23: compare_names(a, b); break;
      case 24: join(a, b); break;
      case 25: if (b == 3 && c < 8) sink += evaluate(a, 0); break;
      case 26: grow_tree((int)a); break;
      case 27: prune(); break;
      case 28: sink += tree_sum(tree); break;
      case 29: sink += tree_top(); break;
      case 30: if (c & 1) pick(a); else poke(a, (int)b); break;
      case 31: swap_lists(a, b); break;
    }
  }
  return 0;
}
