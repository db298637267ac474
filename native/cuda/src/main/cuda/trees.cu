// Ensembles of decision trees: a thread a row goes down one tree after the other.
//
// Weights are added in the order of the trees, as on the CPU: the same bits. Oracle: ScalarTrees.
#include "nereid.cuh"

// The numbers are those that dev.nereid.kernels.tree.Branch counts.
enum Branch : int { LESS_OR_EQUAL = 0, LESS = 1, GREATER_OR_EQUAL = 2, GREATER = 3, EQUAL = 4, NOT_EQUAL = 5 };

struct Node {
    int feature;
    float threshold;
    int branch;
    int missingIsTrue;
    // Another node, or ~ a leaf.
    int onTrue;
    int onFalse;
};

struct TreesArgs {
    const float* x;           // [rows, features]
    float* y;                 // [rows, targets]
    uint8_t* present;         // [rows, targets]: whether a row met a weight for the target; null where nobody asks
    const Node* nodes;
    const int* roots;         // [trees]: a node, or ~ a leaf
    const int* firstWeights;  // [leaves + 1]
    const int* weightTargets;
    const float* weights;
    const float* bases;       // [targets]; null for 0
    int rows;
    int features;
    int targets;
    int trees;
    int average;              // whether the sum is divided by the number of trees
};

INLINE bool holds(const Node& node, float x) {
    if (x != x && node.missingIsTrue) {
        return true;
    }
    switch (node.branch) {
        case LESS_OR_EQUAL: return x <= node.threshold;
        case LESS: return x < node.threshold;
        case GREATER_OR_EQUAL: return x >= node.threshold;
        case GREATER: return x > node.threshold;
        case EQUAL: return x == node.threshold;
        default: return x != node.threshold;
    }
}

// Grid: rows / block.
KERNEL(trees, TreesArgs) {
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= a.rows) {
        return;
    }
    const float* x = a.x + static_cast<size_t>(row) * a.features;
    float* y = a.y + static_cast<size_t>(row) * a.targets;
    for (int target = 0; target < a.targets; target++) {
        y[target] = 0;
        if (a.present != nullptr) {
            a.present[static_cast<size_t>(row) * a.targets + target] = 0;
        }
    }
    for (int tree = 0; tree < a.trees; tree++) {
        int place = a.roots[tree];
        while (place >= 0) {
            const Node& node = a.nodes[place];
            place = holds(node, x[node.feature]) ? node.onTrue : node.onFalse;
        }
        for (int weight = a.firstWeights[~place]; weight < a.firstWeights[~place + 1]; weight++) {
            int target = a.weightTargets[weight];
            y[target] += a.weights[weight];
            if (a.present != nullptr) {
                a.present[static_cast<size_t>(row) * a.targets + target] = 1;
            }
        }
    }
    for (int target = 0; target < a.targets; target++) {
        float score = a.average ? y[target] / static_cast<float>(a.trees) : y[target];
        y[target] = a.bases != nullptr ? score + a.bases[target] : score;
    }
}
