/* A log-linear histogram of nanoseconds: 128 steps in each power of two, so a figure is within 0.8 % of the truth. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

#define SUB_BITS 7
#define SUB_COUNT (1u << SUB_BITS)
#define SLOT_COUNT ((64 - SUB_BITS) * SUB_COUNT)

struct histogram {
  uint64_t slots[SLOT_COUNT];
  uint64_t count;
  uint64_t max_ns;
};

static inline unsigned slot_of(uint64_t ns) {
  if (ns < SUB_COUNT) return (unsigned)ns;
  unsigned shift = 63u - (unsigned)__builtin_clzll(ns) - SUB_BITS;
  return (shift + 1) * SUB_COUNT + (unsigned)(ns >> shift) - SUB_COUNT;
}

/* The middle of a slot. */
static inline uint64_t value_of(unsigned slot) {
  if (slot < SUB_COUNT) return slot;
  unsigned shift = slot / SUB_COUNT - 1;
  uint64_t low = (uint64_t)(slot % SUB_COUNT + SUB_COUNT) << shift;
  return low + ((1ull << shift) >> 1);
}

static inline void histogram_add(struct histogram *h, uint64_t ns) {
  h->slots[slot_of(ns)]++;
  h->count++;
  if (ns > h->max_ns) h->max_ns = ns;
}

static inline double histogram_quantile_us(const struct histogram *h, double quantile) {
  uint64_t wanted = (uint64_t)((double)h->count * quantile);
  uint64_t seen = 0;
  for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
    seen += h->slots[slot];
    if (seen > wanted) return (double)(value_of(slot) < h->max_ns ? value_of(slot) : h->max_ns) / 1000.0;
  }
  return (double)h->max_ns / 1000.0;
}

#endif
