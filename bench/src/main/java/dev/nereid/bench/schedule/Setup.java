package dev.nereid.bench.schedule;

import com.google.protobuf.TextFormat;
import dev.nereid.proto.inference.ModelConfig;
import java.util.Locale;

/**
 * A simulated model.
 *
 * @param config as in a model repository; its queue is the server's own
 * @param instances that run its batches
 * @param mostInstances that the policy may have
 * @param curve how long they take
 * @param sloMillis when an answer counts
 */
record Setup(ModelConfig config, int instances, int mostInstances, Curve curve, double sloMillis) {
    private static final String FIXED = "dims: 1";
    private static final String EQUAL_SHAPES = "dims: -1";
    private static final String RAGGED = "dims: -1 allow_ragged_batch: true";

    /** The part of a Triton config that is swept; times in milliseconds, 0 for none. */
    record Triton(int maxBatch, double delay, double timeout) {
        @Override
        public String toString() {
            return "mb=" + maxBatch + (delay > 0 ? " D=" + number(delay) + "ms" : "")
                    + (timeout > 0 ? " timeout=" + number(timeout) + "ms" : "");
        }

        private static String number(double value) {
            return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
        }
    }

    private static Setup of(int maxBatch, String input, String rest, Curve curve, double sloMillis) {
        String text = "name: 'm' max_batch_size: " + maxBatch + " input { name: 'X' data_type: TYPE_INT32 " + input
                + " } " + rest;
        try {
            return new Setup(TextFormat.parse(text, ModelConfig.class), 1, 1, curve, sloMillis);
        } catch (TextFormat.ParseException e) {
            throw new IllegalStateException(text, e);
        }
    }

    /** Triton's batcher; items of one size, or texts that share batches whatever their lengths. */
    static Setup triton(Triton triton, Curve curve, double sloMillis) {
        return of(triton.maxBatch(), isText(curve) ? RAGGED : FIXED, batching(triton), curve, sloMillis);
    }

    /** Triton's batcher, where only neighbours of equal length share a batch. */
    static Setup tritonEqualShapes(Triton triton, Curve curve, double sloMillis) {
        return of(triton.maxBatch(), EQUAL_SHAPES, batching(triton), curve, sloMillis);
    }

    /** Triton without a batcher. */
    static Setup unbatched(Curve curve, double sloMillis) {
        return of(1, FIXED, "", curve, sloMillis);
    }

    /** The adaptive policy, told no more than the objective. */
    static Setup adaptive(int maxBatch, Curve curve, double sloMillis) {
        String text = parameter("scheduler.policy", "adaptive")
                + parameter("scheduler.slo_ms", Double.toString(sloMillis))
                + (isText(curve) ? parameter("scheduler.token_input", "X") : "")
                + (curve.padded() ? parameter("scheduler.length_ratio", "2") : "");
        return of(maxBatch, isText(curve) ? RAGGED : FIXED, "dynamic_batching { } " + text, curve, sloMillis);
    }

    Setup withInstances(int newInstances) {
        return new Setup(config, newInstances, newInstances, curve, sloMillis);
    }

    /** The policy may have more than one instance, as it finds them needed. */
    Setup withMostInstances(int most) {
        return new Setup(config, instances, most, curve, sloMillis);
    }

    private static boolean isText(Curve curve) {
        return curve.perToken() > 0;
    }

    private static String batching(Triton triton) {
        return String.format(
                Locale.ROOT,
                "dynamic_batching { max_queue_delay_microseconds: %d default_queue_policy { "
                        + "default_timeout_microseconds: %d } }",
                Math.round(triton.delay() * 1000),
                Math.round(triton.timeout() * 1000));
    }

    private static String parameter(String key, String value) {
        return " parameters { key: '" + key + "' value { string_value: '" + value + "' } }";
    }
}
