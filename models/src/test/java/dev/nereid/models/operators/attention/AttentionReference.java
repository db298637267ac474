package dev.nereid.models.operators.attention;

import dev.nereid.tensor.Tensor;

/**
 * Attention as its definition reads, in double: one query and one head at a time. The oracle of the operators, which
 * shares no line with them.
 */
final class AttentionReference {
    /** Element (item, head, token, i) of a tensor. */
    interface Vectors {
        double at(int item, int head, int token, int i);
    }

    /** What is added to a score. */
    interface Bias {
        double at(int item, int head, int query, int key);
    }

    private final int batch;
    private final int heads;
    private final int keyHeads;
    private final int queries;
    private final int keys;
    private final int size;
    private final int valueSize;
    double scale;
    double softCap;
    double[] sinks = new double[0];
    Bias bias = (item, head, query, key) -> 0;

    AttentionReference(int batch, int heads, int keyHeads, int queries, int keys, int size, int valueSize) {
        this.batch = batch;
        this.heads = heads;
        this.keyHeads = keyHeads;
        this.queries = queries;
        this.keys = keys;
        this.size = size;
        this.valueSize = valueSize;
    }

    /** x: [batch, tokens, heads * size]. */
    static Vectors side(Tensor tensor, int heads) {
        double[] values = Floats.values(tensor);
        int tokens = (int) tensor.shape().dim(1);
        int size = (int) tensor.shape().dim(2) / heads;
        return (item, head, token, i) -> values[((item * tokens + token) * heads + head) * size + i];
    }

    /** x: [batch, heads, tokens, size]. */
    static Vectors stacked(Tensor tensor) {
        double[] values = Floats.values(tensor);
        int heads = (int) tensor.shape().dim(1);
        int tokens = (int) tensor.shape().dim(2);
        int size = (int) tensor.shape().dim(3);
        return (item, head, token, i) -> values[((item * heads + head) * tokens + token) * size + i];
    }

    /** First the tokens of {@code past}, then those of {@code current}. */
    static Vectors joined(Vectors past, int before, Vectors current) {
        return (item, head, token, i) ->
                token < before ? past.at(item, head, token, i) : current.at(item, head, token - before, i);
    }

    /** The weights: [batch, heads, queries, keys]. */
    double[][][][] weights(Vectors q, Vectors k) {
        double[][][][] weights = new double[batch][heads][queries][keys];
        for (int item = 0; item < batch; item++) {
            for (int head = 0; head < heads; head++) {
                for (int query = 0; query < queries; query++) {
                    weigh(q, k, item, head, query, weights[item][head][query]);
                }
            }
        }
        return weights;
    }

    private void weigh(Vectors q, Vectors k, int item, int head, int query, double[] row) {
        double factor = scale == 0 ? 1 / Math.sqrt(size) : scale;
        double sum = sinks.length == 0 ? 0 : Math.exp(sinks[head]);
        for (int key = 0; key < keys; key++) {
            double score = 0;
            for (int i = 0; i < size; i++) {
                score += q.at(item, head, query, i) * k.at(item, head * keyHeads / heads, key, i);
            }
            score *= factor;
            if (softCap != 0) {
                score = softCap * Math.tanh(score / softCap);
            }
            row[key] = Math.exp(score + bias.at(item, head, query, key));
            sum += row[key];
        }
        for (int key = 0; key < keys; key++) {
            row[key] = sum == 0 ? 0 : row[key] / sum;
        }
    }

    /** y: [batch, queries, heads * valueSize]. */
    double[] side(Vectors q, Vectors k, Vectors v) {
        double[] y = new double[batch * queries * heads * valueSize];
        double[][][][] weights = weights(q, k);
        for (int at = 0; at < y.length; at++) {
            int i = at % valueSize;
            int head = at / valueSize % heads;
            int query = at / valueSize / heads % queries;
            int item = at / valueSize / heads / queries;
            y[at] = value(weights, v, item, head, query, i);
        }
        return y;
    }

    /** y: [batch, heads, queries, valueSize]. */
    double[] stacked(Vectors q, Vectors k, Vectors v) {
        double[] y = new double[batch * queries * heads * valueSize];
        double[][][][] weights = weights(q, k);
        for (int at = 0; at < y.length; at++) {
            int i = at % valueSize;
            int query = at / valueSize % queries;
            int head = at / valueSize / queries % heads;
            int item = at / valueSize / queries / heads;
            y[at] = value(weights, v, item, head, query, i);
        }
        return y;
    }

    private double value(double[][][][] weights, Vectors v, int item, int head, int query, int i) {
        double sum = 0;
        for (int key = 0; key < keys; key++) {
            sum += weights[item][head][query][key] * v.at(item, head * keyHeads / heads, key, i);
        }
        return sum;
    }

    /** The tokens of a cache: [batch, heads, tokens, size]. */
    static double[] dense(Vectors x, int batch, int heads, int tokens, int size) {
        double[] values = new double[batch * heads * tokens * size];
        for (int at = 0; at < values.length; at++) {
            values[at] = x.at(at / size / tokens / heads, at / size / tokens % heads, at / size % tokens, at % size);
        }
        return values;
    }
}
