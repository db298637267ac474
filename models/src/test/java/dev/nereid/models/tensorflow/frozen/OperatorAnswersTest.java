package dev.nereid.models.tensorflow.frozen;

import static dev.nereid.models.tensorflow.frozen.GraphMessage.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import dev.nereid.models.operators.Tensors;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Operators on small tensors, whose answers are TensorFlow's definitions worked out by hand. */
class OperatorAnswersTest {
    private static final Tensor MATRIX = Tensors.floats(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3);
    private static final Tensor VECTOR = Tensors.floats(new float[] {1, 2, 3, 4}, 4);

    @Test
    void segmentsAreSumsOfRowsAndNegativeOnesAreDropped() {
        GraphMessage graph = new GraphMessage()
                .placeholder("x", 4)
                .integers("ids", new int[] {2, 0, -1, 2}, 4)
                .integers("count", new int[] {3})
                .add("UnsortedSegmentSum", "y", "x", "ids", "count");
        assertThat(run(graph, VECTOR)).containsExactly(2, 0, 5);
    }

    @Test
    void segmentsWithoutRowsAreZeroWhereTheyAreSorted() {
        GraphMessage graph = new GraphMessage()
                .placeholder("x", 4)
                .integers("ids", new int[] {0, 0, 2, 2}, 4)
                .add("SegmentMax", "y", "x", "ids");
        assertThat(run(graph, VECTOR)).containsExactly(2, 0, 4);
    }

    @Test
    void segmentMeansAreOfTheirRows() {
        GraphMessage graph = new GraphMessage()
                .placeholder("x", 3, 3)
                .integers("ids", new int[] {0, 0, 1}, 3)
                .add("SegmentMean", "y", "x", "ids");
        assertThat(run(graph, MATRIX)).containsExactly(2.5f, 3.5f, 4.5f, 7, 8, 9);
    }

    @Test
    void rootsOfSparseSegmentsDivideByTheRootOfTheirSize() {
        GraphMessage graph = new GraphMessage()
                .placeholder("x", 4)
                .integers("indices", new int[] {0, 3, 3, 3, 2}, 5)
                .integers("ids", new int[] {0, 0, 0, 0, 1}, 5)
                .add("SparseSegmentSqrtN", "y", "x", "indices", "ids");
        assertThat(run(graph, VECTOR)).containsExactly(6.5f, 3);
    }

    @Test
    void bandsKeepDistancesFromTheDiagonal() {
        GraphMessage graph = new GraphMessage()
                .placeholder("x", 3, 3)
                .integers("lower", new int[] {1})
                .integers("upper", new int[] {0})
                .add("MatrixBandPart", "y", "x", "lower", "upper");
        assertThat(run(graph, MATRIX)).containsExactly(1, 0, 0, 4, 5, 0, 0, 8, 9);
    }

    @Test
    void diagonalsGoIntoMatricesAndOutOfThem() {
        assertThat(run(
                        new GraphMessage()
                                .placeholder("x", 4)
                                .add("MatrixDiag", "m", "x")
                                .add("MatrixDiagPart", "y", "m"),
                        VECTOR))
                .containsExactly(1, 2, 3, 4);
        assertThat(run(new GraphMessage().placeholder("x", 3, 3).add("MatrixDiagPart", "y", "x"), MATRIX))
                .containsExactly(1, 5, 9);
    }

    @Test
    void stitchesTakeTheLastOfEqualPlaces() {
        GraphMessage graph = new GraphMessage()
                .placeholder("x", 4)
                .integers("first", new int[] {5, 0, 2, 1}, 4)
                .integers("second", new int[] {3, 4}, 2)
                .floats("others", new float[] {30, 40}, 2)
                .add("DynamicStitch", "y", "first", "second", "x", "others");
        assertThat(run(graph, VECTOR)).containsExactly(2, 4, 3, 30, 40, 1);
    }

    @Test
    void sparseTensorsBecomeDense() {
        GraphMessage graph = new GraphMessage()
                .placeholder("x", 4)
                .integers("shape", new int[] {2, 3}, 2)
                .floats("other", new float[] {-1})
                .integers("rows", new int[] {1, 0, 1, 2, 0, 2, 0, 1}, 4, 2)
                .add("SparseToDense", "y", "rows", "shape", "x", "other");
        assertThat(run(graph, VECTOR)).containsExactly(-1, 4, 3, 1, -1, 2);
    }

    @Test
    void rollsMoveWhatFallsOffToTheOtherEnd() {
        GraphMessage graph = new GraphMessage()
                .placeholder("x", 3, 3)
                .integers("shift", new int[] {1, -1}, 2)
                .integers("axis", new int[] {0, 1}, 2)
                .add("Roll", "y", "x", "shift", "axis");
        assertThat(run(graph, MATRIX)).containsExactly(8, 9, 7, 2, 3, 1, 5, 6, 4);
    }

    @Test
    void evenlySpacedNumbersReachTheirEnd() {
        GraphMessage graph = new GraphMessage()
                .placeholder("x", 1)
                .floats("from", new float[] {1})
                .floats("to", new float[] {3})
                .integers("count", new int[] {5})
                .add("LinSpace", "steps", "from", "to", "count")
                .add("Mul", "y", "steps", "x");
        assertThat(run(graph, Tensors.floats(new float[] {2}))).containsExactly(2, 3, 4, 5, 6);
    }

    @Test
    void anglesAreInTheQuadrantOfTheirPoint() {
        GraphMessage graph = new GraphMessage()
                .placeholder("x", 4)
                .floats("abscissa", new float[] {1, -2, -3, 0}, 4)
                .floats("sign", new float[] {1, 1, -1, 0}, 4)
                .add("Mul", "ordinate", "x", "sign")
                .add("Atan2", "y", "ordinate", "abscissa");
        float[] got = run(graph, VECTOR);
        for (int i = 0; i < 4; i++) {
            double[][] points = {{1, 1}, {2, -2}, {-3, -3}, {0, 0}};
            assertThat(got[i]).isCloseTo((float) Math.atan2(points[i][0], points[i][1]), within(1e-6f));
        }
    }

    @Test
    void partitionsAreTheElementsOfTheirNumber() {
        GraphMessage graph = new GraphMessage()
                .placeholder("x", 4)
                .integers("parts", new int[] {1, 0, 1, 0}, 4)
                .add(node("DynamicPartition", "two", "x", "parts").putAttr("num_partitions", GraphMessage.number(2)))
                .integers("axis", new int[] {0})
                .add("ConcatV2", "y", "two", "two:1", "axis");
        assertThat(run(graph, VECTOR)).containsExactly(2, 4, 1, 3);
    }

    @Test
    void quantisedStepsKeepZero() {
        GraphMessage graph = new GraphMessage()
                .placeholder("x", 4)
                .add(node("FakeQuantWithMinMaxArgs", "y", "x").putAttr("num_bits", GraphMessage.number(2)));
        // Limits -6 and 6 in three steps of 4: zero is step 2, so that the limits become -8 and 4.
        assertThat(run(graph, Tensors.floats(new float[] {-9, -1, 1, 7}, 4))).containsExactly(-8, 0, 0, 4);
    }

    @Test
    void zerosDivideNothing() {
        GraphMessage graph = new GraphMessage()
                .placeholder("x", 4)
                .floats("zeros", new float[] {0, 2}, 2)
                .integers("twice", new int[] {2}, 1)
                .add("Tile", "divisor", "zeros", "twice")
                .add("DivNoNan", "y", "x", "divisor");
        assertThat(run(graph, VECTOR)).containsExactly(0, 1, 0, 2);
    }

    @Test
    void stringsAreJoinedAndRead() {
        TensorProto digits = TensorProto.newBuilder()
                .setDtype(DataType.DT_STRING)
                .setTensorShape(GraphMessage.shape(2))
                .addStringVal(ByteString.copyFromUtf8("1"))
                .addStringVal(ByteString.copyFromUtf8("20"))
                .build();
        GraphMessage graph = new GraphMessage()
                .placeholder("x", 1)
                .constant("digits", digits)
                .add(node("StringJoin", "text", "digits", "digits").putAttr("separator", GraphMessage.text(".")))
                .add("StringToNumber", "number", "text")
                .add("Mul", "y", "number", "x");
        assertThat(run(graph, Tensors.floats(new float[] {10}))).containsExactly(11, 202);
    }

    @Test
    void selectedBoxesComeWithTheirScores() {
        GraphMessage graph = new GraphMessage()
                .placeholder("scores", 3)
                .floats("boxes", new float[] {0, 0, 1, 1, 0, 0, 1, 1.1f, 2, 2, 3, 3}, 3, 4)
                .integers("most", new int[] {3})
                .floats("half", new float[] {0.5f})
                .floats("none", new float[] {0})
                .add("NonMaxSuppressionV5", "best", "boxes", "scores", "most", "half", "none", "none")
                .add("Identity", "y", "best:1");
        assertThat(run(graph, Tensors.floats(new float[] {0.5f, 0.75f, 0.25f}))).containsExactly(0.75f, 0.25f);
    }

    private static float[] run(GraphMessage graph, Tensor input) {
        return GraphBed.floats(
                GraphBed.run(graph.message(), List.of(input), true).getFirst());
    }
}
