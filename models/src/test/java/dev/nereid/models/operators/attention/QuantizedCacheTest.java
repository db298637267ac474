package dev.nereid.models.operators.attention;

import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GroupQueryAttention with a cache in few bits against the same node with the numbers that these stand for. */
class QuantizedCacheTest {
    private static final int BATCH = 2;
    private static final int HEADS = 2;
    private static final int ROOM = 5;
    private static final int SIZE = 7;
    private static final int[] BEFORES = {3, 1};

    /** Integers [batch, heads, room, size] of a past and [batch, 1, heads, size] of a run, and their scales. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Numbers(int bits, int[] past, int[] present, double[] scales) {
        static Numbers random(long seed, int bits, boolean byElement) {
            Random random = new Random(seed);
            int[] past = new int[BATCH * HEADS * ROOM * SIZE];
            int[] present = new int[BATCH * HEADS * SIZE];
            for (int[] numbers : List.of(past, present)) {
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] = random.nextInt(1 << bits) - (1 << (bits - 1));
                }
            }
            double[] scales = new double[byElement ? HEADS * SIZE : 1];
            for (int i = 0; i < scales.length; i++) {
                scales[i] = Math.scalb(1.0 + random.nextInt(3), -bits);
            }
            return new Numbers(bits, past, present, scales);
        }

        private double scale(int head, int i) {
            return scales[scales.length == 1 ? 0 : head * SIZE + i];
        }

        Tensor floats() {
            double[] values = new double[past.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = past[i] * scale(i / SIZE / ROOM % HEADS, i % SIZE);
            }
            return Floats.of(DataType.FP32, values, BATCH, HEADS, ROOM, SIZE);
        }

        Tensor tokens() {
            double[] values = new double[present.length];
            for (int i = 0; i < values.length; i++) {
                // A little off: rounding brings it back.
                values[i] = (present[i] + (i % 3 - 1) * 0.2) * scale(i / SIZE % HEADS, i % SIZE);
            }
            return Floats.of(DataType.FP32, values, BATCH, 1, HEADS * SIZE);
        }

        Tensor roundTokens() {
            double[] values = new double[present.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = present[i] * scale(i / SIZE % HEADS, i % SIZE);
            }
            return Floats.of(DataType.FP32, values, BATCH, 1, HEADS * SIZE);
        }

        Tensor scaleTensor() {
            return scales.length == 1
                    ? Floats.of(DataType.FP32, scales, 1)
                    : Floats.of(DataType.FP32, scales, 1, HEADS, 1, SIZE);
        }

        /** The past, or with the tokens of the run behind it and zeros behind these. */
        Tensor packed(boolean withPresent) {
            int width = bits == 8 ? SIZE : (SIZE + 1) / 2;
            int[] bytes = new int[BATCH * HEADS * ROOM * width];
            for (int row = 0; row < BATCH * HEADS * ROOM; row++) {
                int item = row / ROOM / HEADS;
                int token = row % ROOM;
                if (withPresent && token > BEFORES[item]) {
                    continue;
                }
                boolean old = !withPresent || token < BEFORES[item];
                int[] numbers = old ? past : present;
                int first = old ? row * SIZE : row / ROOM * SIZE;
                for (int i = 0; i < SIZE; i++) {
                    if (bits == 8) {
                        bytes[row * width + i] = numbers[first + i];
                    } else {
                        bytes[row * width + i / 2] |= (numbers[first + i] + 8) << (4 * (i % 2));
                    }
                }
                if (bits == 4) {
                    bytes[row * width + width - 1] |= 0x80;
                }
            }
            DataType type = bits == 8 ? DataType.INT8 : DataType.UINT8;
            return Tensors.bytes(type, bytes).withShape(Shape.of(BATCH, HEADS, ROOM, width));
        }

        Expected kept() {
            Tensor bytes = packed(true);
            return Expected.of(Floats.values(bytes), bytes.shape().dims());
        }
    }

    private static OperatorCase node(Tensor q, Tensor k, Tensor v, Tensor pastKey, Tensor pastValue) {
        return OperatorCase.microsoft("GroupQueryAttention")
                .with("num_heads", 4)
                .with("kv_num_heads", HEADS)
                .data(q)
                .data(k)
                .data(v)
                .data(pastKey)
                .data(pastValue)
                .data(Tensors.ints(BEFORES))
                .data(Tensors.ints(4).withShape(Shape.SCALAR));
    }

    @ParameterizedTest
    @CsvSource({"8, PER_TENSOR", "8, PER_CHANNEL", "4, PER_TENSOR", "4, PER_CHANNEL"})
    void continuesLikeTheCacheOfFloats(int bits, String kind) {
        Numbers keys = Numbers.random(1, bits, kind.equals("PER_CHANNEL"));
        Numbers values = Numbers.random(2, bits, kind.equals("PER_CHANNEL"));
        Tensor q = Floats.floats(3, BATCH, 1, 4 * SIZE);
        Tensor plain = node(q, keys.roundTokens(), values.roundTokens(), keys.floats(), values.floats())
                .tensors()
                .getFirst();
        OperatorCase quantized = node(q, keys.tokens(), values.tokens(), keys.packed(false), values.packed(false))
                .with("k_quant_type", kind)
                .with("v_quant_type", kind)
                .with("kv_cache_bit_width", bits);
        for (int i = 7; i < 12; i++) {
            quantized.absent();
        }
        quantized
                .argument(keys.scaleTensor())
                .argument(values.scaleTensor())
                .gives(1e-5, Expected.of(Floats.values(plain), BATCH, 1, 4 * SIZE), keys.kept(), values.kept());
    }
}
