package dev.nereid.models.operators.recurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RNN, GRU and LSTM agree with their definitions, in every direction, layout and option. */
class RecurrentTest {
    private final Random random = new Random(7);

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = random.nextFloat() - 0.5f;
        }
        return numbers;
    }

    /** Random tensors for a layer. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Data(
            int steps, int batch, int input, int hidden, int directions, int gates, float[][] tensors, int[] lengths) {
        Shape states(boolean batchFirst) {
            return batchFirst ? Shape.of(batch, directions, hidden) : Shape.of(directions, batch, hidden);
        }
    }

    private Data data(int gates, int directions) {
        return data(gates, directions, 9, 4, 6, 1);
    }

    /** A layer for sequences of so many steps each, of at most 6. */
    private Data data(int gates, int directions, int hidden, int... lengths) {
        int steps = 6;
        int batch = lengths.length;
        int input = 5;
        float[][] tensors = {
            numbers(steps * batch * input),
            numbers(directions * gates * hidden * input),
            numbers(directions * gates * hidden * hidden),
            numbers(directions * 2 * gates * hidden),
            numbers(directions * batch * hidden),
            numbers(directions * batch * hidden),
            numbers(directions * 3 * hidden)
        };
        return new Data(steps, batch, input, hidden, directions, gates, tensors, lengths);
    }

    private static Tensor tensor(float[] values, Shape shape) {
        return Tensors.floats(values).withShape(shape);
    }

    private static OperatorCase node(String operator, Data data, boolean batchFirst, String direction) {
        Shape x = batchFirst
                ? Shape.of(data.batch(), data.steps(), data.input())
                : Shape.of(data.steps(), data.batch(), data.input());
        long rows = (long) data.gates() * data.hidden();
        return OperatorCase.of(operator, 22)
                .with("direction", direction)
                .with("hidden_size", data.hidden())
                .with("layout", batchFirst ? 1 : 0)
                .data(tensor(data.tensors()[0], x))
                .argument(tensor(data.tensors()[1], Shape.of(data.directions(), rows, data.input())))
                .argument(tensor(data.tensors()[2], Shape.of(data.directions(), rows, data.hidden())))
                .argument(tensor(data.tensors()[3], Shape.of(data.directions(), 2 * rows)))
                .data(Tensors.ints(data.lengths()))
                .data(tensor(data.tensors()[4], data.states(batchFirst)));
    }

    private static PlainLayer layer(
            Data data, int d, double clip, boolean coupled, boolean linear, DoubleUnaryOperator f) {
        int rows = data.gates() * data.hidden();
        double[][] w = new double[rows][];
        double[][] r = new double[rows][];
        for (int row = 0; row < rows; row++) {
            w[row] = doubles(data.tensors()[1], (d * rows + row) * data.input(), data.input());
            r[row] = doubles(data.tensors()[2], (d * rows + row) * data.hidden(), data.hidden());
        }
        double[] b = doubles(data.tensors()[3], d * 2 * rows, 2 * rows);
        double[] p = doubles(data.tensors()[6], d * 3 * data.hidden(), 3 * data.hidden());
        return new PlainLayer(data.hidden(), w, r, b, p, clip, coupled, linear, f, Math::tanh, Math::tanh);
    }

    private static double[] doubles(float[] values, int from, int count) {
        double[] doubles = new double[count];
        for (int i = 0; i < count; i++) {
            doubles[i] = values[from + i];
        }
        return doubles;
    }

    /** One step of a layer of some kind. */
    private interface Advance {
        void step(PlainLayer layer, double[] x, double[] h, double[] c);
    }

    /** Checks Y, Y_h and, where there are three outputs, Y_c. */
    private static void check(
            List<Tensor> outputs,
            Data data,
            boolean batchFirst,
            String direction,
            List<PlainLayer> layers,
            Advance advance) {
        float[] y = floats(outputs.get(0));
        for (int d = 0; d < data.directions(); d++) {
            boolean reversed = direction.equals("reverse") || d == 1;
            for (int b = 0; b < data.batch(); b++) {
                int state = (batchFirst ? b * data.directions() + d : d * data.batch() + b) * data.hidden();
                double[] h = doubles(data.tensors()[4], state, data.hidden());
                double[] c = doubles(data.tensors()[5], state, data.hidden());
                int length = data.lengths()[b];
                for (int s = 0; s < data.steps(); s++) {
                    int t = reversed && s < length ? length - 1 - s : s;
                    int from = (batchFirst ? b * data.steps() + t : t * data.batch() + b) * data.input();
                    if (s < length) {
                        advance.step(layers.get(d), doubles(data.tensors()[0], from, data.input()), h, c);
                    }
                    int to = batchFirst
                            ? (b * data.steps() + t) * data.directions() + d
                            : (t * data.directions() + d) * data.batch() + b;
                    compare(y, to * data.hidden(), s < length ? h : new double[data.hidden()]);
                }
                double[] none = new double[data.hidden()];
                compare(floats(outputs.get(1)), state, length == 0 ? none : h);
                if (outputs.size() > 2) {
                    compare(floats(outputs.get(2)), state, length == 0 ? none : c);
                }
            }
        }
    }

    private static void compare(float[] actual, int from, double[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[from + i]).isCloseTo(expected[i], within(2e-6));
        }
    }

    private static float[] floats(Tensor tensor) {
        return tensor.segment().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED.withByteAlignment(4));
    }

    @ParameterizedTest
    @CsvSource({"forward, 0", "reverse, 0", "bidirectional, 0", "forward, 1", "reverse, 1", "bidirectional, 1"})
    void rnnFollowsItsDefinition(String direction, int layout) {
        int directions = direction.equals("bidirectional") ? 2 : 1;
        Data data = data(1, directions);
        List<Tensor> outputs = node("RNN", data, layout == 1, direction)
                .with("activations", java.util.Collections.nCopies(directions, "ScaledTanh"))
                .with("activation_alpha", new float[] {1.5f, 1.5f})
                .with("activation_beta", new float[] {0.5f, 0.5f})
                .outputs(2)
                .tensors();
        DoubleUnaryOperator scaled = x -> 1.5 * Math.tanh(0.5 * x);
        List<PlainLayer> layers = java.util.stream.IntStream.range(0, directions)
                .mapToObj(d -> layer(data, d, 1e9, false, false, scaled))
                .toList();
        check(outputs, data, layout == 1, direction, layers, (layer, x, h, _) -> layer.rnn(x, h));
    }

    @ParameterizedTest
    @CsvSource({"forward, 0, 0", "reverse, 1, 0", "bidirectional, 0, 1", "bidirectional, 1, 1"})
    void gruFollowsItsDefinition(String direction, int layout, int linear) {
        int directions = direction.equals("bidirectional") ? 2 : 1;
        Data data = data(3, directions);
        List<Tensor> outputs = node("GRU", data, layout == 1, direction)
                .with("linear_before_reset", linear)
                .with("clip", 0.4f)
                .outputs(2)
                .tensors();
        List<PlainLayer> layers = java.util.stream.IntStream.range(0, directions)
                .mapToObj(d -> layer(data, d, 0.4f, false, linear == 1, RecurrentTest::sigmoid))
                .toList();
        check(outputs, data, layout == 1, direction, layers, (layer, x, h, _) -> layer.gru(x, h));
    }

    @ParameterizedTest
    @CsvSource({"forward, 0, 0", "reverse, 1, 1", "bidirectional, 0, 1", "bidirectional, 1, 0"})
    void lstmFollowsItsDefinition(String direction, int layout, int coupled) {
        int directions = direction.equals("bidirectional") ? 2 : 1;
        Data data = data(4, directions);
        List<Tensor> outputs = node("LSTM", data, layout == 1, direction)
                .data(tensor(data.tensors()[5], data.states(layout == 1)))
                .argument(tensor(data.tensors()[6], Shape.of(directions, 3L * data.hidden())))
                .with("input_forget", coupled)
                .with("clip", 0.6f)
                .outputs(3)
                .tensors();
        List<PlainLayer> layers = java.util.stream.IntStream.range(0, directions)
                .mapToObj(d -> layer(data, d, 0.6f, coupled == 1, false, RecurrentTest::sigmoid))
                .toList();
        check(outputs, data, layout == 1, direction, layers, PlainLayer::lstm);
    }

    @ParameterizedTest
    @CsvSource({"forward, 0", "reverse, 0", "bidirectional, 0", "forward, 1", "reverse, 1", "bidirectional, 1"})
    void lstmWithoutOptionsFollowsItsDefinition(String direction, int layout) {
        int directions = direction.equals("bidirectional") ? 2 : 1;
        for (Data data : withoutOptions(4, directions)) {
            List<Tensor> outputs = node("LSTM", data, layout == 1, direction)
                    .data(tensor(data.tensors()[5], data.states(layout == 1)))
                    .outputs(3)
                    .tensors();
            List<PlainLayer> layers = java.util.stream.IntStream.range(0, directions)
                    .mapToObj(d -> {
                        PlainLayer layer = layer(data, d, 1e9, false, false, RecurrentTest::sigmoid);
                        Arrays.fill(layer.p(), 0);
                        return layer;
                    })
                    .toList();
            check(outputs, data, layout == 1, direction, layers, PlainLayer::lstm);
        }
    }

    @ParameterizedTest
    @CsvSource({"forward, 0", "reverse, 0", "bidirectional, 0", "forward, 1", "reverse, 1", "bidirectional, 1"})
    void gruWithoutOptionsFollowsItsDefinition(String direction, int layout) {
        int directions = direction.equals("bidirectional") ? 2 : 1;
        for (Data data : withoutOptions(3, directions)) {
            List<Tensor> outputs = node("GRU", data, layout == 1, direction)
                    .with("linear_before_reset", 1)
                    .outputs(2)
                    .tensors();
            List<PlainLayer> layers = java.util.stream.IntStream.range(0, directions)
                    .mapToObj(d -> layer(data, d, 1e9, false, true, RecurrentTest::sigmoid))
                    .toList();
            check(outputs, data, layout == 1, direction, layers, (layer, x, h, _) -> layer.gru(x, h));
        }
    }

    /** Layers of one and of several blocks of units, whole batches and sequences of different lengths. */
    private List<Data> withoutOptions(int gates, int directions) {
        return List.of(
                data(gates, directions, 9, 4, 6, 1),
                data(gates, directions, 9, 6, 6, 6),
                data(gates, directions, 33, 6),
                data(gates, directions, 33, 0, 3, 3, 5),
                data(gates, directions, 16, 6, 6, 6, 6, 6, 6, 6, 6));
    }

    /** So many elements of gates that they are not all computed at once. */
    @ParameterizedTest
    @CsvSource({"forward, 0", "reverse, 0", "forward, 1", "reverse, 1"})
    void aLongBatchIsTakenInParts(String direction, int layout) {
        int hidden = 128;
        int steps = 70;
        int batch = 3;
        float[] x = numbers(steps * batch * 2);
        OperatorCase lstm = OperatorCase.of("LSTM", 22)
                .with("direction", direction)
                .with("layout", layout)
                .data(Tensors.floats(x).withShape(layout == 1 ? Shape.of(batch, steps, 2) : Shape.of(steps, batch, 2)));
        float[] small = numbers(4 * hidden * hidden);
        for (int i = 0; i < small.length; i++) {
            small[i] *= 0.1f;
        }
        Tensor w = Tensors.floats(numbers(4 * hidden * 2), 1, 4L * hidden, 2);
        Tensor r = Tensors.floats(small, 1, 4L * hidden, hidden);
        List<Tensor> whole = lstm.argument(w).argument(r).outputs(3).tensors();
        for (int b = 0; b < batch; b++) {
            PlainLayer layer = new PlainLayer(
                    hidden,
                    rows(w, 4 * hidden, 2),
                    rows(r, 4 * hidden, hidden),
                    new double[8 * hidden],
                    new double[3 * hidden],
                    1e9,
                    false,
                    false,
                    RecurrentTest::sigmoid,
                    Math::tanh,
                    Math::tanh);
            double[] h = new double[hidden];
            double[] c = new double[hidden];
            for (int s = 0; s < steps; s++) {
                int t = direction.equals("reverse") ? steps - 1 - s : s;
                int row = layout == 1 ? b * steps + t : t * batch + b;
                layer.lstm(doubles(x, row * 2, 2), h, c);
                compare(floats(whole.get(0)), row * hidden, h);
            }
            compare(floats(whole.get(1)), b * hidden, h);
            compare(floats(whole.get(2)), b * hidden, c);
        }
    }

    private static double[][] rows(Tensor tensor, int count, int columns) {
        double[][] rows = new double[count][];
        for (int row = 0; row < count; row++) {
            rows[row] = doubles(floats(tensor), row * columns, columns);
        }
        return rows;
    }

    /** Enough work for a worker each. */
    @ParameterizedTest
    @CsvSource({"1, 2", "1, 3", "3, 2", "3, 3"})
    void bothDirectionsGiveTheSameWithAnyWorkers(int batch, int count) {
        int hidden = 128;
        int steps = 64;
        OperatorCase lstm = OperatorCase.of("LSTM", 22)
                .with("direction", "bidirectional")
                .data(Tensors.floats(numbers(steps * batch * 2), steps, batch, 2))
                .argument(Tensors.floats(numbers(8 * hidden * 2), 2, 4L * hidden, 2))
                .argument(Tensors.floats(numbers(8 * hidden * hidden), 2, 4L * hidden, hidden))
                .outputs(3);
        List<Tensor> single = lstm.tensors();
        try (WorkerPool pool = new WorkerPool(count);
                WorkerPool.Grant workers = pool.grant()) {
            List<Tensor> shared = lstm.tensors(workers);
            for (int i = 0; i < 3; i++) {
                assertThat(floats(shared.get(i))).isEqualTo(floats(single.get(i)));
            }
        }
    }

    @Test
    void weightsMayComeWithTheRun() {
        Data data = data(4, 1);
        List<Tensor> constant = node("LSTM", data, false, "forward").outputs(3).tensors();
        List<Tensor> given = OperatorCase.of("LSTM", 14)
                .data(tensor(data.tensors()[0], Shape.of(6, 3, 5)))
                .data(tensor(data.tensors()[1], Shape.of(1, 36, 5)))
                .data(tensor(data.tensors()[2], Shape.of(1, 36, 9)))
                .data(tensor(data.tensors()[3], Shape.of(1, 72)))
                .data(Tensors.ints(data.lengths()))
                .data(tensor(data.tensors()[4], Shape.of(1, 3, 9)))
                .outputs(3)
                .tensors();
        for (int i = 0; i < 3; i++) {
            assertThat(given.get(i).shape()).isEqualTo(constant.get(i).shape());
            // Layers with constant weights take whole steps, whose functions round in another order.
            assertThat(floats(given.get(i))).containsExactly(floats(constant.get(i)), offset(1e-6f));
        }
    }

    @Test
    void aSequenceDoesNotDependOnItsNeighbours() {
        int hidden = 33;
        Tensor w = Tensors.floats(numbers(4 * hidden * 7), 1, 4L * hidden, 7);
        Tensor r = Tensors.floats(numbers(4 * hidden * hidden), 1, 4L * hidden, hidden);
        float[] x = numbers(5 * 17 * 7);
        Tensor all = OperatorCase.of("LSTM", 14)
                .data(Tensors.floats(x, 5, 17, 7))
                .argument(w)
                .argument(r)
                .outputs(1)
                .tensors()
                .getFirst();
        for (int b : new int[] {0, 8, 16}) {
            float[] one = new float[5 * 7];
            for (int t = 0; t < 5; t++) {
                System.arraycopy(x, (t * 17 + b) * 7, one, t * 7, 7);
            }
            float[] alone = floats(OperatorCase.of("LSTM", 14)
                    .data(Tensors.floats(one, 5, 1, 7))
                    .argument(w)
                    .argument(r)
                    .outputs(1)
                    .tensors()
                    .getFirst());
            for (int t = 0; t < 5; t++) {
                int from = (t * 17 + b) * hidden;
                assertThat(Arrays.copyOfRange(floats(all), from, from + hidden))
                        .isEqualTo(Arrays.copyOfRange(alone, t * hidden, (t + 1) * hidden));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"FP16, 2e-3", "BF16, 2e-2", "FP64, 1e-6"})
    void otherFloatsGiveNearlyTheSame(DataType type, double tolerance) {
        Data data = data(3, 1);
        Tensor x = tensor(data.tensors()[0], Shape.of(6, 3, 5));
        Tensor w = tensor(data.tensors()[1], Shape.of(1, 27, 5));
        Tensor r = tensor(data.tensors()[2], Shape.of(1, 27, 9));
        Tensor expected = OperatorCase.of("GRU", 22)
                .data(x)
                .argument(w)
                .argument(r)
                .tensors()
                .getFirst();
        Tensor actual = OperatorCase.of("GRU", 22)
                .data(cast(x, type))
                .argument(cast(w, type))
                .argument(cast(r, type))
                .tensors()
                .getFirst();
        assertThat(actual.dataType()).isEqualTo(type);
        float[] numbers = floats(cast(actual, DataType.FP32));
        for (int i = 0; i < numbers.length; i++) {
            assertThat((double) numbers[i]).isCloseTo(floats(expected)[i], within(tolerance));
        }
    }

    private static Tensor cast(Tensor tensor, DataType type) {
        return OperatorCase.of("Cast", 13)
                .with("to", dev.nereid.models.operators.OnnxTypes.number(type))
                .data(tensor)
                .tensors()
                .getFirst();
    }

    @Test
    void aSequenceWithoutStepsGivesZeros() {
        OperatorCase.of("RNN", 14)
                .data(Tensors.counting(1, 1, 1))
                .argument(Tensors.floats(new float[] {1}, 1, 1, 1))
                .argument(Tensors.floats(new float[] {1}, 1, 1, 1))
                .absent()
                .data(Tensors.ints(0))
                .data(Tensors.floats(new float[] {3}, 1, 1, 1))
                .gives(Tensors.floats(new float[] {0}, 1, 1, 1, 1), Tensors.floats(new float[] {0}, 1, 1, 1));
    }

    @Test
    void refusesTensorsThatDoNotFit() {
        OperatorCase lengths = OperatorCase.of("RNN", 14)
                .data(Tensors.counting(2, 1, 1))
                .argument(Tensors.floats(new float[] {1}, 1, 1, 1))
                .argument(Tensors.floats(new float[] {1}, 1, 1, 1))
                .absent()
                .data(Tensors.ints(3));
        assertThatThrownBy(lengths::run).hasMessageContaining("sequence_lens").hasMessageContaining("got 3");
        OperatorCase bias = OperatorCase.of("GRU", 14)
                .data(Tensors.counting(2, 1, 1))
                .argument(Tensors.counting(1, 3, 1))
                .argument(Tensors.counting(1, 3, 1))
                .data(Tensors.counting(1, 3));
        assertThatThrownBy(bias::run).hasMessageContaining("B: expected the shape [1,6], got [1,3]");
        OperatorCase weights = OperatorCase.of("LSTM", 14)
                .data(Tensors.counting(2, 1, 1))
                .argument(Tensors.counting(1, 3, 1))
                .argument(Tensors.counting(1, 4, 1));
        assertThatThrownBy(weights::run).hasMessageContaining("W: expected the shape [1,4,1], got [1,3,1]");
        OperatorCase activation = OperatorCase.of("RNN", 14)
                .with("activations", List.of("Gelu"))
                .data(Tensors.counting(2, 1, 1))
                .argument(Tensors.counting(1, 1, 1))
                .argument(Tensors.counting(1, 1, 1));
        assertThatThrownBy(activation::run).hasMessageContaining("activations").hasMessageContaining("'Gelu'");
    }
}
