// One step of RNN, GRU and LSTM layers. What comes from X is a product of all steps, which gemm.cu has computed before.
//
// A warp a hidden unit of a sequence: its lanes add up the products of the unit's rows of R with the hidden states, then
// all of them compute the unit's functions. States are read from one buffer and written to another, for others still
// read the old ones. Oracle: the layers of dev.nereid.models.operators.recurrent over the scalar kernels.
#include "nereid.cuh"

constexpr int UNITS = 8;  // warps of a block

struct RecurrentArgs {
    const float* input;   // [steps, batch, gates * hidden]: x * W' with W's bias
    const float* r;       // [gates * hidden, hidden]
    const float* bias;    // R's: [gates * hidden]; null for none
    const float* from;    // hidden states before the step: [batch, hidden]
    float* to;            // and after it
    float* cells;         // LSTM's cell states, changed in place; where GRU resets states: those, for its candidates
    float* y;             // where the states of time 0 go: [batch, hidden]; null where nobody wants them
    const int* lengths;   // steps of each sequence: [batch]; null where all have all
    int* outside;         // becomes 1 where a length is none of 0..steps
    int step;
    int steps;
    int batch;
    int hidden;
    int stride;           // elements from one time of y to the next
    int reversed;         // whether a sequence is read from its end
    float clip;           // the greatest magnitude of what goes into a function
    int linear;           // whether GRU resets its product and not its states
};

// The unit that this warp computes.
struct Unit {
    int sequence;
    int number;
    int at;       // in states
    int time;     // of x and y
    bool exists;
    bool active;  // whether its sequence reaches the step
};

INLINE Unit unit_of(const RecurrentArgs& r) {
    int index = blockIdx.x * UNITS + threadIdx.x / WARP;
    Unit u;
    u.exists = index < r.batch * r.hidden;
    u.sequence = u.exists ? index / r.hidden : 0;
    u.number = index % r.hidden;
    u.at = index;
    int length = r.lengths != nullptr ? r.lengths[u.sequence] : r.steps;
    if (length < 0 || length > r.steps) {
        *r.outside = 1;
        length = 0;
    }
    u.active = r.step < length;
    u.time = r.reversed ? length - 1 - r.step : r.step;
    return u;
}

// The product of row `gate` of R for the unit with the states of its sequence, with R's bias; in every lane.
INLINE float product(const RecurrentArgs& r, const Unit& u, int gate, const float* states) {
    const float* row = r.r + (gate * r.hidden + u.number) * r.hidden;
    const float* state = states + u.sequence * r.hidden;
    float sum = 0;
    for (int i = threadIdx.x % WARP; i < r.hidden; i += WARP) {
        sum += row[i] * state[i];
    }
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        sum += __shfl_xor_sync(0xffffffffu, sum, distance);
    }
    return r.bias != nullptr ? sum + r.bias[gate * r.hidden + u.number] : sum;
}

INLINE float of_input(const RecurrentArgs& r, const Unit& u, int gate, int gates) {
    return r.input[((u.time * r.batch + u.sequence) * gates + gate) * r.hidden + u.number];
}

INLINE float clipped(const RecurrentArgs& r, float x) { return smaller(larger(x, -r.clip), r.clip); }

// A sequence that has ended keeps its state; one without any step has zeros.
INLINE void keep(const RecurrentArgs& r, const Unit& u) {
    if (threadIdx.x % WARP == 0) {
        r.to[u.at] = r.step == 0 ? 0.0f : r.from[u.at];
    }
}

INLINE void put(const RecurrentArgs& r, const Unit& u, float state) {
    if (threadIdx.x % WARP == 0) {
        r.to[u.at] = state;
        if (r.y != nullptr) {
            r.y[u.time * r.stride + u.at] = state;
        }
    }
}

// h = tanh(x + h * R'). Grid of all: batch * hidden / UNITS, block: 256.
KERNEL(rnn_step, RecurrentArgs) {
    Unit u = unit_of(a);
    if (!u.exists) {
        return;
    }
    if (!u.active) {
        keep(a, u);
        return;
    }
    put(a, u, tanhf(clipped(a, of_input(a, u, 0, 1) + product(a, u, 0, a.from))));
}

// What GRU resets of its states, before their product: the gate r times the state.
KERNEL(gru_reset, RecurrentArgs) {
    Unit u = unit_of(a);
    if (!u.exists) {
        return;
    }
    float reset = u.active ? sigmoid(clipped(a, of_input(a, u, 1, 3) + product(a, u, 1, a.from))) : 0.0f;
    if (threadIdx.x % WARP == 0) {
        a.cells[u.at] = reset * a.from[u.at];
    }
}

// Gates z, r, h: h = (1 - z) * tanh(xh + r * (h * R')) + z * h, or with (r * h) * R', whose states gru_reset left.
KERNEL(gru_step, RecurrentArgs) {
    Unit u = unit_of(a);
    if (!u.exists) {
        return;
    }
    if (!u.active) {
        keep(a, u);
        return;
    }
    float update = sigmoid(clipped(a, of_input(a, u, 0, 3) + product(a, u, 0, a.from)));
    float candidate;
    if (a.linear) {
        float reset = sigmoid(clipped(a, of_input(a, u, 1, 3) + product(a, u, 1, a.from)));
        candidate = reset * product(a, u, 2, a.from);
    } else {
        candidate = product(a, u, 2, a.cells);
    }
    candidate = tanhf(clipped(a, of_input(a, u, 2, 3) + candidate));
    put(a, u, (1.0f - update) * candidate + update * a.from[u.at]);
}

// Gates i, o, f, c: c = f * c + i * tanh(xc + h * R'), h = o * tanh(c).
KERNEL(lstm_step, RecurrentArgs) {
    Unit u = unit_of(a);
    if (!u.exists) {
        return;
    }
    if (!u.active) {
        keep(a, u);
        if (a.step == 0 && threadIdx.x % WARP == 0) {
            a.cells[u.at] = 0.0f;
        }
        return;
    }
    float in = sigmoid(clipped(a, of_input(a, u, 0, 4) + product(a, u, 0, a.from)));
    float out = sigmoid(clipped(a, of_input(a, u, 1, 4) + product(a, u, 1, a.from)));
    float forget = sigmoid(clipped(a, of_input(a, u, 2, 4) + product(a, u, 2, a.from)));
    float fresh = tanhf(clipped(a, of_input(a, u, 3, 4) + product(a, u, 3, a.from)));
    float cell = forget * a.cells[u.at] + in * fresh;
    put(a, u, out * tanhf(cell));
    // Behind what every lane has read of it.
    __syncwarp();
    if (threadIdx.x % WARP == 0) {
        a.cells[u.at] = cell;
    }
}
