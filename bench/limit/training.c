/*
 * The limit to measure training against: the same steps in C over OpenBLAS, one thread.
 *
 *   cc -O3 -march=haswell -ffast-math training.c -lopenblas -lm -o training
 *   OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=Haswell ./training CASE BATCH SECONDS
 *
 * CASE is mlp, mlp-adam, cnn or logreg; or rnn, lstm or gru for the matrix products alone of such a layer.
 * Prints samples per second of CPU time (getrusage).
 * MLP 784-128-64-10; CNN conv 3x3x16 same, pool, conv 3x3x32 same, pool, dense 64, dense 10 on 28x28x1;
 * ReLU, softmax cross-entropy, SGD (or Adam), data in a ring of batches so that it comes from memory.
 */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static double cpu_seconds(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + 1e-6 * (u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static float *buffer(size_t n) {
  float *p = aligned_alloc(64, (n * sizeof(float) + 63) / 64 * 64);
  memset(p, 0, n * sizeof(float));
  return p;
}

static unsigned state = 1;
static float uniform(void) {
  state = state * 1664525u + 1013904223u;
  return (float)(state >> 8) / (1 << 24);
}

static void glorot(float *w, int fan_in, int fan_out, size_t n) {
  float a = sqrtf(6.0f / (fan_in + fan_out));
  for (size_t i = 0; i < n; i++) w[i] = a * (2 * uniform() - 1);
}

/* One tensor with its gradient and Adam's moments. */
typedef struct {
  float *w, *g, *m, *v;
  size_t n;
} tensor;

static tensor make(int fan_in, int fan_out, size_t n, int zero) {
  tensor t = {buffer(n), buffer(n), buffer(n), buffer(n), n};
  if (!zero) glorot(t.w, fan_in, fan_out, n);
  return t;
}

static void sgd(tensor *t, float lr) {
  for (size_t i = 0; i < t->n; i++) t->w[i] -= lr * t->g[i];
}

static void adam(tensor *t, float lr, int step) {
  const float b1 = 0.9f, b2 = 0.999f, eps = 1e-7f;
  const float c1 = 1 / (1 - powf(b1, step)), c2 = 1 / (1 - powf(b2, step));
  for (size_t i = 0; i < t->n; i++) {
    float g = t->g[i];
    t->m[i] = b1 * t->m[i] + (1 - b1) * g;
    t->v[i] = b2 * t->v[i] + (1 - b2) * g * g;
    t->w[i] -= lr * (t->m[i] * c1) / (sqrtf(t->v[i] * c2) + eps);
  }
}

/* y [rows, out] = x [rows, in] w [in, out] + b */
static void dense(const float *x, tensor *w, tensor *b, float *y, int rows, int in, int out) {
  for (int r = 0; r < rows; r++) memcpy(y + (size_t)r * out, b->w, out * sizeof(float));
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, out, in, 1, x, in, w->w, out, 1, y, out);
}

static void dense_backward(const float *x, const float *dy, tensor *w, tensor *b, float *dx, int rows, int in, int out) {
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, in, out, rows, 1, x, in, dy, out, 0, w->g, out);
  memset(b->g, 0, out * sizeof(float));
  for (int r = 0; r < rows; r++)
    for (int o = 0; o < out; o++) b->g[o] += dy[(size_t)r * out + o];
  if (dx) cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, in, out, 1, dy, out, w->w, out, 0, dx, in);
}

static void relu(float *y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = y[i] > 0 ? y[i] : 0;
}

static void relu_backward(float *dy, const float *y, size_t n) {
  for (size_t i = 0; i < n; i++) dy[i] = y[i] > 0 ? dy[i] : 0;
}

/* Softmax cross-entropy: turns logits into their gradient, returns the mean loss. */
static float cross_entropy(float *logits, const int *labels, int rows, int classes) {
  float loss = 0;
  for (int r = 0; r < rows; r++) {
    float *z = logits + (size_t)r * classes, top = z[0], sum = 0;
    for (int c = 1; c < classes; c++) top = z[c] > top ? z[c] : top;
    for (int c = 0; c < classes; c++) sum += z[c] = expf(z[c] - top);
    loss -= logf(z[labels[r]] / sum);
    for (int c = 0; c < classes; c++) z[c] = (z[c] / sum - (c == labels[r])) / rows;
  }
  return loss / rows;
}

enum { RING = 64 };

static void update(tensor *tensors, int count, int use_adam, int step) {
  for (int i = 0; i < count; i++) {
    if (use_adam) adam(&tensors[i], 1e-3f, step);
    else sgd(&tensors[i], 0.01f);
  }
}

static void mlp_step(const int *sizes, int layers, tensor *t, const float *x, const int *y, int batch, float **h,
                     float **d, int use_adam, int step) {
  const float *input = x;
  for (int l = 0; l < layers; l++) {
    dense(input, &t[2 * l], &t[2 * l + 1], h[l], batch, sizes[l], sizes[l + 1]);
    if (l < layers - 1) relu(h[l], (size_t)batch * sizes[l + 1]);
    input = h[l];
  }
  cross_entropy(h[layers - 1], y, batch, sizes[layers]);
  float *dy = h[layers - 1];
  for (int l = layers - 1; l >= 0; l--) {
    dense_backward(l ? h[l - 1] : x, dy, &t[2 * l], &t[2 * l + 1], l ? d[l - 1] : NULL, batch, sizes[l], sizes[l + 1]);
    if (l) {
      relu_backward(d[l - 1], h[l - 1], (size_t)batch * sizes[l]);
      dy = d[l - 1];
    }
  }
  update(t, 2 * layers, use_adam, step);
}

/* The part of a plane that a tap (i, j) shifts over the plane's edge: from..to of s rows or columns. */
static void border(float *plane, int s, int i, int j) {
  if (i == 0) memset(plane, 0, s * sizeof(float));
  if (i == 2) memset(plane + (s - 1) * s, 0, s * sizeof(float));
  if (j != 1)
    for (int r = 0; r < s; r++) plane[r * s + (j == 0 ? 0 : s - 1)] = 0;
}

/* The overlap of a plane with itself, shifted by a tap: `length` floats from `to` and from `from`. */
static int overlap(int s, int i, int j, int *to, int *from) {
  const int shift = (i - 1) * s + j - 1;
  *to = shift < 0 ? -shift : 0;
  *from = shift > 0 ? shift : 0;
  return s * s - abs(shift);
}

/* col [9 c, s s] of one sample's planes x [c, s, s], zero padding of one: one row a channel and tap. */
static void im2col(const float *restrict x, float *restrict col, int c, int s) {
  for (int ci = 0; ci < c; ci++, x += s * s)
    for (int tap = 0; tap < 9; tap++, col += s * s) {
      int to, from, length = overlap(s, tap / 3, tap % 3, &to, &from);
      memcpy(col + to, x + from, length * sizeof(float));
      border(col, s, tap / 3, tap % 3);
    }
}

/* The reverse of im2col, summed; overwrites the borders of `col`. */
static void col2im(float *restrict col, float *restrict x, int c, int s) {
  memset(x, 0, (size_t)c * s * s * sizeof(float));
  for (int ci = 0; ci < c; ci++, x += s * s)
    for (int tap = 0; tap < 9; tap++, col += s * s) {
      int to, from, length = overlap(s, tap / 3, tap % 3, &to, &from);
      border(col, s, tap / 3, tap % 3);
      for (int k = 0; k < length; k++) x[from + k] += col[to + k];
    }
}

/*
 * A convolution 3x3 "same" with ReLU and 2x2 max-pool, sample by sample, so that a sample's columns
 * stay in the cache; planes are [sample, channel, row, column].
 */
typedef struct {
  int in, out, side;
  tensor w, b;
  float *col, *dcol, *y, *dy, *pooled, *dpooled;
  int *argmax; /* as wide as a float, so that the loops over both vectorise */
} conv;

static conv make_conv(int in, int out, int side, int batch) {
  size_t plane = (size_t)side * side;
  conv c = {in, out, side, make(9 * in, 9 * out, (size_t)9 * in * out, 0), make(0, 0, out, 1)};
  c.col = buffer(9 * in * plane * batch);
  c.dcol = buffer(9 * in * plane);
  c.y = buffer(out * plane);
  c.dy = buffer(out * plane);
  c.pooled = buffer(out * plane / 4 * batch);
  c.dpooled = buffer(out * plane / 4 * batch);
  c.argmax = calloc(out * plane / 4 * batch, sizeof(int));
  return c;
}

static void conv_forward(conv *c, const float *x, int n) {
  const int s = c->side, h = s / 2, plane = s * s, taps = 9 * c->in;
  for (int b = 0; b < n; b++) {
    float *col = c->col + (size_t)b * taps * plane;
    im2col(x + (size_t)b * c->in * plane, col, c->in, s);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, c->out, plane, taps, 1, c->w.w, taps, col, plane, 0, c->y,
                plane);
    for (int o = 0; o < c->out; o++) {
      const size_t at = ((size_t)b * c->out + o) * h * h;
      for (int r = 0; r < h; r++) {
        const float *restrict up = c->y + o * plane + 2 * r * s;
        const float *restrict down = up + s;
        float *restrict pooled = c->pooled + at + r * h;
        int *restrict argmax = c->argmax + at + r * h;
        for (int k = 0; k < h; k++) {
          const float p = up[2 * k], q = up[2 * k + 1], u = down[2 * k], v = down[2 * k + 1];
          const float pq = q > p ? q : p, uv = v > u ? v : u, best = (uv > pq ? uv : pq) + c->b.w[o];
          const int right = q > p ? 1 : 0, low_right = v > u ? 3 : 2, which = uv > pq ? low_right : right;
          pooled[k] = best > 0 ? best : 0;
          argmax[k] = best > 0 ? which : 4;
        }
      }
    }
  }
}

static void conv_backward(conv *c, float *dx, int n) {
  const int s = c->side, h = s / 2, plane = s * s, taps = 9 * c->in;
  memset(c->b.g, 0, c->out * sizeof(float));
  for (int b = 0; b < n; b++) {
    for (int o = 0; o < c->out; o++) {
      const size_t at = ((size_t)b * c->out + o) * h * h;
      float sum = 0;
      for (int r = 0; r < h; r++) {
        float *restrict up = c->dy + o * plane + 2 * r * s;
        float *restrict down = up + s;
        const float *restrict d = c->dpooled + at + r * h;
        const int *restrict argmax = c->argmax + at + r * h;
        for (int k = 0; k < h; k++) {
          up[2 * k] = argmax[k] == 0 ? d[k] : 0;
          up[2 * k + 1] = argmax[k] == 1 ? d[k] : 0;
          down[2 * k] = argmax[k] == 2 ? d[k] : 0;
          down[2 * k + 1] = argmax[k] == 3 ? d[k] : 0;
          sum += argmax[k] < 4 ? d[k] : 0;
        }
      }
      c->b.g[o] += sum;
    }
    const float *col = c->col + (size_t)b * taps * plane;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, c->out, taps, plane, 1, c->dy, plane, col, plane, b > 0,
                c->w.g, taps);
    if (!dx) continue;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, taps, plane, c->out, 1, c->w.w, taps, c->dy, plane, 0, c->dcol,
                plane);
    col2im(c->dcol, dx + (size_t)b * c->in * plane, c->in, s);
  }
}

enum { TIMES = 28, FEATURES = 28, UNITS = 64 };

/*
 * What no step of a recurrent layer does without: the products of its gates, side by side in `columns`, with input and
 * state forward, and the gradients of state and weights. x [TIMES batch, FEATURES], h [TIMES batch, UNITS].
 */
static double recurrent_products(int columns, int batch, double seconds) {
  const int rows = TIMES * batch;
  float *x = buffer((size_t)rows * FEATURES), *h = buffer((size_t)rows * UNITS), *z = buffer((size_t)rows * columns);
  float *w = buffer(FEATURES * columns), *u = buffer(UNITS * columns), *dh = buffer((size_t)batch * UNITS);
  float *dw = buffer(FEATURES * columns), *du = buffer(UNITS * columns);
  for (int i = 0; i < rows * FEATURES; i++) x[i] = uniform();
  for (int i = 0; i < rows * UNITS; i++) h[i] = uniform();
  glorot(w, FEATURES, columns, FEATURES * columns);
  glorot(u, UNITS, columns, UNITS * columns);
  long steps = 0;
  double used = 0;
  for (const double start = cpu_seconds(); used < seconds; used = cpu_seconds() - start, steps++) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, FEATURES, 1, x, FEATURES, w, columns, 0, z,
                columns);
    for (int t = 0; t < TIMES; t++)
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch, columns, UNITS, 1, h + (size_t)t * batch * UNITS,
                  UNITS, u, columns, 1, z + (size_t)t * batch * columns, columns);
    for (int t = TIMES - 1; t > 0; t--)
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, UNITS, columns, 1, z + (size_t)t * batch * columns,
                  columns, u, columns, 0, dh, UNITS);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, UNITS, columns, rows, 1, h, UNITS, z, columns, 0, du, columns);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, FEATURES, columns, rows, 1, x, FEATURES, z, columns, 0, dw,
                columns);
  }
  return steps * batch / used;
}

/* Gates of a recurrent layer, 0 for other cases. */
static int gates_of(const char *name) {
  return strcmp(name, "lstm") == 0 ? 4 : strcmp(name, "gru") == 0 ? 3 : strcmp(name, "rnn") == 0 ? 1 : 0;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: training CASE BATCH SECONDS\n");
    return 2;
  }
  const char *name = argv[1];
  const int batch = atoi(argv[2]);
  const double seconds = atof(argv[3]);
  if (gates_of(name) > 0) {
    printf("%.1f\n", recurrent_products(gates_of(name) * UNITS, batch, seconds));
    return 0;
  }
  const int use_adam = strcmp(name, "mlp-adam") == 0, is_cnn = strcmp(name, "cnn") == 0;
  float *x = buffer((size_t)RING * batch * 784);
  int *y = malloc(sizeof(int) * RING * batch);
  for (size_t i = 0; i < (size_t)RING * batch * 784; i++) x[i] = uniform();
  for (int i = 0; i < RING * batch; i++) y[i] = (int)(uniform() * 10);

  const int mlp_sizes[] = {784, 128, 64, 10}, logreg_sizes[] = {784, 10}, head_sizes[] = {1568, 64, 10};
  const int *sizes = is_cnn ? head_sizes : strcmp(name, "logreg") == 0 ? logreg_sizes : mlp_sizes;
  const int layers = is_cnn ? 2 : strcmp(name, "logreg") == 0 ? 1 : 3;
  tensor t[6];
  float *h[3], *d[3];
  for (int l = 0; l < layers; l++) {
    t[2 * l] = make(sizes[l], sizes[l + 1], (size_t)sizes[l] * sizes[l + 1], 0);
    t[2 * l + 1] = make(0, 0, sizes[l + 1], 1);
    h[l] = buffer((size_t)batch * sizes[l + 1]);
    d[l] = buffer((size_t)batch * sizes[l + 1]);
  }
  conv first, second;
  if (is_cnn) {
    first = make_conv(1, 16, 28, batch);
    second = make_conv(16, 32, 14, batch);
  }
  long steps = 0;
  double start = 0;
  for (int warm = 1; warm >= 0; warm--) {
    start = cpu_seconds();
    for (steps = 0; cpu_seconds() - start < (warm ? 0.3 : seconds); steps++) {
      const float *xb = x + (size_t)(steps % RING) * batch * 784;
      const int *yb = y + (steps % RING) * batch;
      if (!is_cnn) {
        mlp_step(sizes, layers, t, xb, yb, batch, h, d, use_adam, (int)steps + 1);
        continue;
      }
      conv_forward(&first, xb, batch);
      conv_forward(&second, first.pooled, batch);
      dense(second.pooled, &t[0], &t[1], h[0], batch, 1568, 64);
      relu(h[0], (size_t)batch * 64);
      dense(h[0], &t[2], &t[3], h[1], batch, 64, 10);
      cross_entropy(h[1], yb, batch, 10);
      dense_backward(h[0], h[1], &t[2], &t[3], d[0], batch, 64, 10);
      relu_backward(d[0], h[0], (size_t)batch * 64);
      dense_backward(second.pooled, d[0], &t[0], &t[1], second.dpooled, batch, 1568, 64);
      conv_backward(&second, first.dpooled, batch);
      conv_backward(&first, NULL, batch);
      update(t, 4, 0, 0);
      sgd(&first.w, 0.01f), sgd(&first.b, 0.01f), sgd(&second.w, 0.01f), sgd(&second.b, 0.01f);
    }
  }
  printf("%.1f\n", steps * batch / (cpu_seconds() - start));
  return 0;
}
