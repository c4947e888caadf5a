/* A decoder of small pictures, with 22 seeded memory flaws. Made for bench/deduplication.py; serves nothing else.
   set_pixel and get_pixel are where many flaws end; a wrong stride (2), a stale palette (7) and a lost layer (12) end in
   many places. */
#define FLAWS 22
#include "harness.h"

typedef struct { uint8_t *rows; unsigned width, height, stride; } picture;
typedef struct { uint8_t *colors; unsigned count; } palette;
static picture front, back;
static palette colors;
static uint8_t gamma_table[16], histogram[8];
static char comment[16];
static uint8_t *line;
static unsigned line_size;
static volatile unsigned sink;

static void set_pixel(picture *one, unsigned x, unsigned y, uint8_t value) { one->rows[y * one->stride + x] = value; }
static uint8_t get_pixel(const picture *one, unsigned x, unsigned y) { return one->rows[y * one->stride + x]; }
static uint8_t look_up(unsigned index) { return colors.colors[index]; }
static void fill(uint8_t *to, uint8_t value, unsigned count) { while (count--) *to++ = value; }

static int ready(const picture *one) { return one->rows != NULL; }

static void begin(picture *one, unsigned width, unsigned height) {
  if (one->rows) return;
  width = width % 24 + 1;
  height = height % 12 + 1;
  one->rows = calloc(height, width);
  one->width = width;
  one->height = height;
  one->stride = width;
}
static void plot(picture *one, unsigned x, unsigned y, unsigned value) {
  if (!ready(one)) return;
  if (FIXED(0) ? x >= one->width || y >= one->height : y > one->height) return;
  set_pixel(one, x, y, (uint8_t)value);
}
static void probe(picture *one, unsigned x, unsigned y) {
  if (!ready(one)) return;
  if (FIXED(1) ? x >= one->width || y >= one->height : x > one->width) return;
  sink += get_pixel(one, x, y % 32);
}
static void set_stride(picture *one, unsigned stride) {
  if (!ready(one)) return;
  if (FIXED(2) && stride != one->width) return;
  one->stride = stride;
}
static void horizontal(picture *one, unsigned y, unsigned value) {
  if (!ready(one) || y >= one->height) return;
  for (unsigned x = 0; x < one->width; x++) set_pixel(one, x, y, (uint8_t)value);
}
static void vertical(picture *one, unsigned x, unsigned value) {
  if (!ready(one) || x >= one->width) return;
  for (unsigned y = 0; y < one->height; y++) set_pixel(one, x, y, (uint8_t)value);
}
static void count_colors(picture *one) {
  if (!ready(one)) return;
  for (unsigned y = 0; y < one->height; y++)
    for (unsigned x = 0; x < one->width; x++) {
      uint8_t value = get_pixel(one, x, y);
      if (FIXED(3) && value >= 8) continue;
      histogram[value & 15]++;
    }
}
static void diagonal(picture *one, unsigned value) {
  if (!ready(one)) return;
  unsigned steps = FIXED(4) && one->height < one->width ? one->height : one->width;
  for (unsigned i = 0; i < steps; i++) set_pixel(one, i, FIXED(4) ? i : i % 13, (uint8_t)value);
}
static void run_length(picture *one, unsigned at, unsigned count, unsigned value) {
  if (!ready(one) || one->stride != one->width) return;
  unsigned total = one->width * one->height;
  if (at >= total) return;
  if (FIXED(5) && at + count > total) count = total - at;
  fill(one->rows + at, (uint8_t)value, count);
}
static void set_palette(unsigned count, unsigned value) {
  if (colors.colors) return;
  count = count % 16 + 1;
  colors.colors = malloc(count);
  fill(colors.colors, (uint8_t)value, count + (FIXED(6) ? 0 : value == 77));
  colors.count = count;
}
static void drop_palette(void) {
  free(colors.colors);
  if (FIXED(7)) { colors.colors = NULL; colors.count = 0; }
}
static void paint(picture *one, unsigned x, unsigned y, unsigned index) {
  if (!ready(one) || !colors.colors || x >= one->width || y >= one->height || one->stride != one->width) return;
  if (FIXED(8) && index >= colors.count) return;
  set_pixel(one, x, y, look_up(index % 40));
}
static void darkest(void) {
  if (!colors.colors) return;
  uint8_t least = 255;
  for (unsigned i = 0; i + (FIXED(9) ? 0 : 0) <= colors.count - (FIXED(9) ? 1 : 0); i++)
    if (look_up(i) < least) least = look_up(i);
  sink += least;
}
static void set_gamma(unsigned at, unsigned value) {
  if (FIXED(10) && at >= sizeof gamma_table) return;
  gamma_table[at & 31] = (uint8_t)value;
}
static void annotate(const uint8_t *from, unsigned count) {
  char text[10];
  if (FIXED(11) && count > sizeof text) count = sizeof text;
  for (unsigned i = 0; i < count % 64; i++) text[i] = (char)from[i & 3];
  memcpy(comment, text, 4);
}
static void swap_layers(void) {
  if (!ready(&front)) return;
  if (!FIXED(12) || back.rows != front.rows) back = front;
}
static void end_front(void) {
  if (!ready(&front)) return;
  if (FIXED(12) && back.rows == front.rows) back.rows = NULL;
  free(front.rows);
  front.rows = NULL;
}
static void crop(picture *one, unsigned x, unsigned width) {
  if (!ready(one) || one->stride != one->width) return;
  if (FIXED(13) ? x + width > one->width : x > one->width) return;
  uint8_t *part = malloc(width + 1);
  memcpy(part, one->rows, width);
  for (unsigned i = 0; i < width; i++) part[i] = get_pixel(one, x + i, one->height - 1);
  free(part);
}
static void scale(picture *one, unsigned by) {
  if (!ready(one)) return;
  if (FIXED(14) && by == 0) return;
  sink += one->width / by;
}
static void line_of(unsigned size) {
  free(line);
  line = NULL;
  line_size = 0;
  if (size > 40) { if (FIXED(15)) return; line_size = size; return; }
  line = calloc(1, size + 1);
  line_size = size + 1;
}
static void draw_line(unsigned at) {
  if (!line_size) return;
  line[at % line_size] = 1;
}
static void unfilter(picture *one, unsigned y) {
  if (!ready(one) || y >= one->height || one->stride != one->width) return;
  for (unsigned x = 0; x < one->width; x++) {
    uint8_t above = FIXED(16) && y == 0 ? 0 : one->rows[(int)((y - 1) * one->stride + x)];
    sink += above;
  }
}
static unsigned flood(picture *one, unsigned x, unsigned y, unsigned depth) {
  volatile uint8_t frame[256];
  frame[depth & 255] = 1;
  if (FIXED(17) && depth > 64) return depth;
  if (x >= one->width) return flood(one, 0, y, depth + 1);
  if (one->rows[0] == 9) return depth;
  return flood(one, x + 1, y, depth + 1) + frame[depth & 255];
}
static void blend(void) {
  if (!ready(&front) || !ready(&back) || front.rows == back.rows) return;
  if (front.stride != front.width || back.stride != back.width) return;
  unsigned width = FIXED(18) && back.width < front.width ? back.width : front.width;
  unsigned height = FIXED(18) && back.height < front.height ? back.height : front.height;
  for (unsigned y = 0; y < height; y++)
    for (unsigned x = 0; x < width; x++) set_pixel(&front, x, y, get_pixel(&back, x, y));
}
static void tile(picture *one, unsigned side) {
  if (!ready(one) || one->stride != one->width) return;
  side = side % 8 + 1;
  for (unsigned y = 0; y < one->height; y += side)
    for (unsigned x = 0; x < one->width; x += side)
      for (unsigned i = 0; i < side; i++) {
        if (FIXED(19) && x + i >= one->width) continue;
        if (y == one->height - 1) set_pixel(one, x + i, y, 1);
      }
}
static void thumbnail(picture *one) {
  uint8_t small[6];
  if (!ready(one) || one->stride != one->width) return;
  unsigned count = one->width / 2;
  if (FIXED(20) && count > sizeof small) count = sizeof small;
  for (unsigned i = 0; i < count; i++) small[i] = get_pixel(one, i * 2, 0);
  sink += small[0];
}
static void last_row(picture *one) {
  if (!ready(one) || one->stride != one->width) return;
  unsigned y = one->height - (FIXED(21) ? 1 : 0);
  fill(one->rows + y * one->stride, 3, one->width);
}

static int run(const uint8_t *input, size_t size) {
  OPS(input, size) {
    const uint8_t *op = input + record * 4;
    unsigned a = op[1], b = op[2], c = op[3];
    picture *one = a & 1 ? &back : &front;
    switch (op[0] % 27) {
      case 0: begin(&front, b, c); break;
      case 1: begin(&back, b, c); break;
      case 2: plot(one, b, c, a); break;
      case 3: probe(one, b, c); break;
      case 4: set_stride(one, b); break;
      case 5: horizontal(one, b, c); break;
      case 6: vertical(one, b, c); break;
      case 7: count_colors(one); break;
      case 8: diagonal(one, b); break;
      case 9: run_length(one, b, c, a); break;
      case 10: set_palette(b, c); break;
      case 11: drop_palette(); break;
      case 12: paint(one, b % 8, c % 4, a); break;
      case 13: darkest(); break;
      case 14: set_gamma(b, c); break;
      case 15: annotate(op, b); break;
      case 16: swap_layers(); break;
      case 17: end_front(); break;
      case 18: crop(one, b, c); break;
      case 19: scale(one, b); break;
      case 20: line_of(b); break;
      case 21: draw_line(b); break;
      case 22: unfilter(one, b % 4); break;
      case 23: if (ready(one) && c == 5) sink += flood(one, 0, b, 0); break;
      case 24: blend(); break;
      case 25: tile(one, b); break;
      case 26: if (c & 1) thumbnail(one); else last_row(one); break;
    }
  }
  return 0;
}
