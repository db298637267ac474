// From the sums of a row's weights to its class and class scores.
//
// A thread a row, in the order in which dev.nereid.models.operators.ml.ClassScores computes it, which is the oracle. With
// two classes the trees may score one of them only: then the other one's score follows.
#include "nereid.cuh"

// The numbers are those that dev.nereid.cuda.driver.CudaTrees writes.
enum Transform : int { PLAIN = 0, SOFTMAX = 1, LOGISTIC = 2, SOFTMAX_ZERO = 3, PROBIT = 4 };

// What the score of a class that the trees do not score is: nothing, what is missing to 1, or the other one's opposite.
enum Second : int { ABSENT, COMPLEMENT, OPPOSITE };

struct ClassesArgs {
    float* scores;           // [rows, classes]: sums of weights, which become scores
    const uint8_t* present;  // [rows, classes]: whether a row met a weight for the class
    const int64_t* names;    // [classes], or [2] where there are fewer: what the classes are called
    const float* bases;      // [baseCount]
    int64_t* labels;         // [rows]; null where nobody wants them
    int rows;
    int classes;
    int baseCount;           // none, one a class, or 1 for two classes
    int transform;
    int scoresOneOfTwo;      // whether all weights are of one class, of two
    int positive;            // whether no weight is negative
};

// By way of doubles, as the CPU does.
INLINE float exponential(float x) { return static_cast<float>(exp(static_cast<double>(x))); }

INLINE float logistic(float x) {
    float upper = 1.0f / (1.0f + exponential(-fabsf(x)));
    return x < 0 ? 1.0f - upper : upper;
}

// By Winitzki's approximation of the inverse error function.
INLINE float probit(float score) {
    const float pi = 3.14159f;
    const float winitzki = 0.147f;
    float x = 2.0f * score - 1.0f;
    float logarithm = static_cast<float>(log(static_cast<double>((1.0f - x) * (1.0f + x))));
    float half = 2.0f / (pi * winitzki) + 0.5f * logarithm;
    float root = -half + sqrtf(half * half - 1.0f / winitzki * logarithm);
    return 1.4142135f * ((x < 0 ? -1.0f : 1.0f) * sqrtf(root));
}

INLINE void transform(int transform, float* scores, int count) {
    if (transform == LOGISTIC || transform == PROBIT) {
        for (int i = 0; i < count; i++) {
            scores[i] = transform == LOGISTIC ? logistic(scores[i]) : probit(scores[i]);
        }
    } else if (transform == SOFTMAX || transform == SOFTMAX_ZERO) {
        float highest = -FLT_MAX;
        for (int i = 0; i < count; i++) {
            highest = scores[i] > highest ? scores[i] : highest;
        }
        float sum = 0;
        for (int i = 0; i < count; i++) {
            // A score of about 0 means that the class is out of the question.
            bool out = transform == SOFTMAX_ZERO && !(fabsf(scores[i]) > 1e-7f);
            scores[i] = out ? scores[i] * exponential(-highest) : exponential(scores[i] - highest);
            sum += out ? 0.0f : scores[i];
        }
        for (int i = 0; i < count; i++) {
            scores[i] = scores[i] / sum;
        }
    }
}

INLINE int classify_many(const ClassesArgs& a, float* scores, const uint8_t* present) {
    int best = -1;
    for (int i = 0; i < a.classes; i++) {
        if (a.baseCount > 0) {
            scores[i] += a.bases[i];
        }
        if ((present[i] != 0 || a.baseCount > 0) && (best < 0 || scores[i] > scores[best])) {
            best = i;
        }
    }
    transform(a.transform, scores, a.classes);
    return best < 0 ? 0 : best;
}

INLINE void transform_one(int kind, Second second, float* scores) {
    float score = scores[0];
    scores[1] = 0;
    if (kind == PROBIT) {
        scores[0] = probit(score);
    } else if (second == COMPLEMENT) {
        scores[0] = kind == LOGISTIC ? logistic(-score) : 1.0f - score;
        scores[1] = kind == LOGISTIC ? logistic(score) : score;
    } else if (second == OPPOSITE) {
        scores[0] = kind == LOGISTIC ? logistic(-score) : -score;
        scores[1] = kind == LOGISTIC ? logistic(score) : score;
    }
}

// scores: [2]
INLINE int classify_two(const ClassesArgs& a, float* scores, const uint8_t* present) {
    bool hasFirst = present[0] != 0;
    bool hasSecond = a.classes == 2 && present[1] != 0;
    int count = a.classes;
    Second second = ABSENT;
    if (a.baseCount == 2 && hasSecond) {
        scores[1] = a.bases[1] + scores[0];
        scores[0] = -scores[1];
    } else if (a.baseCount == 2) {
        scores[1] += a.bases[1];
        scores[0] += a.bases[0];
    } else {
        if (a.baseCount == 1) {
            scores[0] += a.bases[0];
        } else if (a.classes == 2) {
            second = OPPOSITE;
        }
        count = hasSecond ? 2 : 1;
    }
    float decisive = hasSecond ? scores[1] : hasFirst || a.classes == 1 ? scores[0] : 0.0f;
    if (count == 2) {
        scores[0] = hasFirst ? scores[0] : 0.0f;
        scores[1] = hasSecond ? scores[1] : 0.0f;
    }
    bool isSecond = decisive > (a.scoresOneOfTwo && a.positive ? 0.5f : 0.0f);
    if (a.scoresOneOfTwo) {
        second = a.positive ? COMPLEMENT : OPPOSITE;
    }
    if (count == 2) {
        transform(a.transform, scores, 2);
    } else {
        transform_one(a.transform, second, scores);
    }
    return isSecond ? 1 : 0;
}

// Grid: rows / block.
KERNEL(classes, ClassesArgs) {
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= a.rows) {
        return;
    }
    float* scores = a.scores + static_cast<size_t>(row) * a.classes;
    const uint8_t* present = a.present + static_cast<size_t>(row) * a.classes;
    int label;
    if (a.classes > 2) {
        label = classify_many(a, scores, present);
    } else {
        float two[2] = {scores[0], a.classes == 2 ? scores[1] : 0.0f};
        label = classify_two(a, two, present);
        for (int i = 0; i < a.classes; i++) {
            scores[i] = two[i];
        }
    }
    if (a.labels != nullptr) {
        a.labels[row] = a.names[label];
    }
}
