package dev.nereid.models.operators.text;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * com.microsoft.WordConvEmbedding: a vector for each word, from the vectors of its characters: of every filter the highest
 * tanh of a convolution along the word.
 *
 * <p>words: [words, length], characters from 1 on, 0 behind a word's end; filters: [size, 1, width, character size]; bias:
 * [size]; table: [characters, character size]; y: [words, size], zeros for a word without characters.
 */
final class WordConvEmbedding implements Operator {
    private static final int FILTERS = 1;
    private static final int BIAS = 2;
    private static final int TABLE = 3;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType words = inference.type(0);
        TensorType filters = inference.type(FILTERS);
        if ((words.hasRank() && words.rank() != 2) || (filters.hasRank() && filters.rank() != 4)) {
            throw new ModelFormatException(
                    "WordConvEmbedding: expected words [words, length] and filters [size, 1, width, character size], got "
                            + words + " and " + filters);
        }
        Dim count = words.hasRank() ? words.dim(0) : inference.unknownDim();
        Dim size = filters.hasRank() ? filters.dim(0) : inference.unknownDim();
        return List.of(TensorType.of(DataType.FP32, List.of(count, size)));
    }

    @Override
    public void lower(Lowering lowering) {
        Attributes attributes = lowering.attributes();
        lowering.step(run -> new Words(run, attributes).embed(run.output(0)));
    }

    /** The words of one run. */
    private static final class Words {
        private final long[] characters;
        private final Tensor filters;
        private final Tensor bias;
        private final Tensor table;
        private final int length;
        private final int width;
        private final int size;

        Words(StepRun run, Attributes attributes) {
            filters = run.input(FILTERS);
            bias = run.input(BIAS);
            table = run.input(TABLE);
            Shape words = run.input(0).shape();
            Shape shape = filters.shape();
            boolean fits = words.rank() == 2
                    && shape.rank() == 4
                    && shape.dim(1) == 1
                    && table.shape().rank() == 2
                    && table.shape().dim(1) == shape.dim(3)
                    && bias.shape().equals(Shape.of(shape.dim(0)))
                    && shape.dim(2) >= 1
                    && shape.dim(2) <= words.dim(1);
            if (!fits) {
                throw new IllegalArgumentException(
                        "WordConvEmbedding: expected words [words, length], filters [size, 1, width, character size] no"
                                + " wider than words are long, a bias [size] and a table [characters, character size],"
                                + " got " + words + ", " + shape + ", " + bias.shape() + " and " + table.shape());
            }
            require(attributes, "embedding_size", shape.dim(0));
            require(attributes, "conv_window_size", shape.dim(2));
            require(attributes, "char_embedding_size", shape.dim(3));
            characters = IntegerTensors.read(run.input(0)).orElseThrow();
            length = Math.toIntExact(words.dim(1));
            width = Math.toIntExact(shape.dim(2));
            size = Math.toIntExact(shape.dim(3));
        }

        private static void require(Attributes attributes, String name, long size) {
            long given = attributes.integer(name, -1);
            if (given != -1 && given != size) {
                throw new IllegalArgumentException(
                        "WordConvEmbedding, attribute '" + name + "': expected " + size + ", got " + given);
            }
        }

        void embed(Tensor y) {
            int count = Math.toIntExact(filters.shape().dim(0));
            for (int word = 0; word < y.shape().dim(0); word++) {
                int there = charactersOf(word);
                float[][] vectors = there == 0 ? new float[0][] : vectors(word, Math.max(there, width));
                for (int filter = 0; filter < count; filter++) {
                    float value = there == 0 ? 0 : highest(vectors, filter);
                    y.segment().set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * ((long) word * count + filter), value);
                }
            }
        }

        /** How many characters a word has; none where the first is none. */
        private int charactersOf(int word) {
            if (characters[word * length] <= 0) {
                return 0;
            }
            int there = 0;
            for (int i = 0; i < length; i++) {
                there += characters[word * length + i] > 0 ? 1 : 0;
            }
            return there;
        }

        private float[][] vectors(int word, int count) {
            float[][] vectors = new float[count][size];
            for (int i = 0; i < count; i++) {
                long character = characters[word * length + i];
                if (character < 0 || character >= table.shape().dim(0)) {
                    throw new IllegalArgumentException("WordConvEmbedding, input 0: expected characters below "
                            + table.shape().dim(0) + ", got " + character);
                }
                for (int j = 0; j < size; j++) {
                    vectors[i][j] = table.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (character * size + j));
                }
            }
            return vectors;
        }

        private float highest(float[][] vectors, int filter) {
            float highest = -1e12f;
            for (int from = 0; from + width <= vectors.length; from++) {
                float sum = 0;
                for (int i = 0; i < width; i++) {
                    for (int j = 0; j < size; j++) {
                        long weight = ((long) filter * width + i) * size + j;
                        sum = Math.fma(
                                vectors[from + i][j],
                                filters.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * weight),
                                sum);
                    }
                }
                sum += bias.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * filter);
                highest = Math.max(highest, (float) Math.tanh(sum));
            }
            return highest;
        }
    }
}
