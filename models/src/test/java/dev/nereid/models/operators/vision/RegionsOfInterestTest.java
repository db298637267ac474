package dev.nereid.models.operators.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RegionsOfInterestTest {
    private static final Tensor IMAGE = Tensors.counting(1, 1, 4, 4);

    private static Tensor scalar(float value) {
        return Tensors.floats(new float[] {value}).withShape(Shape.SCALAR);
    }

    private static OperatorCase suppression(float[] boxes, float[] scores) {
        return OperatorCase.of("NonMaxSuppression", 11)
                .data(Tensors.floats(boxes, 1, boxes.length / 4, 4))
                .data(Tensors.floats(scores, 1, 1, scores.length));
    }

    @Test
    void selectsNoBoxUnlessSomeAreAskedFor() {
        suppression(new float[] {0, 0, 1, 1}, new float[] {1})
                .gives(Tensors.longs().withShape(Shape.of(0, 3)));
    }

    @Test
    void prefersTheFirstOfEqualScores() {
        suppression(new float[] {0, 0, 1, 1, 0, 0, 1, 1, 5, 5, 6, 6}, new float[] {-0f, 0, 0})
                .argument(Tensors.longs(9))
                .gives(Tensors.longs(0, 0, 0, 0, 0, 2).withShape(Shape.of(2, 3)));
    }

    @Test
    void dropsBoxesThatOverlapTooMuchOrScoreTooLittle() {
        suppression(new float[] {0, 0, 2, 2, 2, 2, 0, 1, 5, 5, 6, 6}, new float[] {0.5f, 0.9f, 0.1f})
                .argument(Tensors.longs(9))
                .argument(scalar(0.4f))
                .argument(scalar(0.1f))
                .gives(Tensors.longs(0, 0, 1).withShape(Shape.of(1, 3)));
        suppression(new float[] {0, 0, 2, 2, 2, 2, 0, 1}, new float[] {Float.NaN, 0.9f})
                .argument(Tensors.longs(9))
                .argument(scalar(0.6f))
                .gives(Tensors.longs(0, 0, 1, 0, 0, 0).withShape(Shape.of(2, 3)));
    }

    /** Enough boxes that they are put in order piece by piece. */
    @Test
    void selectsAsALookAtAllPairsOfBoxesDoes() {
        int count = 2000;
        Random random = new Random(count);
        float[] boxes = random(random, 4 * count, 1);
        float[] scores = random(random, count, 1);
        for (int box = 0; box < count; box++) {
            boxes[4 * box + 2] = boxes[4 * box] + boxes[4 * box + 2] / 5;
            boxes[4 * box + 3] = boxes[4 * box + 1] + boxes[4 * box + 3] / 5;
            // Many are equal.
            scores[box] = Math.round(50 * scores[box]) / 50f;
        }
        for (int most : new int[] {10, 300, count}) {
            for (float least : new float[] {Float.NaN, 0.5f, 0.95f}) {
                OperatorCase nodes =
                        suppression(boxes, scores).argument(Tensors.longs(most)).argument(scalar(0.3f));
                OperatorCase one = Float.isNaN(least) ? nodes : nodes.argument(scalar(least));
                long[] expected = expected(boxes, scores, most, least);
                one.gives(Tensors.longs(expected).withShape(Shape.of(expected.length / 3, 3)));
            }
        }
    }

    private static long[] expected(float[] boxes, float[] scores, int most, float least) {
        List<Integer> order = IntStream.range(0, scores.length)
                .filter(box -> Float.isNaN(least) || scores[box] > least)
                .boxed()
                .sorted(Comparator.comparingDouble(box -> -scores[box]))
                .toList();
        List<Integer> kept = new ArrayList<>();
        for (int box : order) {
            if (kept.size() < most && kept.stream().noneMatch(other -> overlap(boxes, box, other) > 0.3f)) {
                kept.add(box);
            }
        }
        return kept.stream().flatMapToLong(box -> LongStream.of(0, 0, box)).toArray();
    }

    private static float overlap(float[] boxes, int a, int b) {
        float height = Math.min(boxes[4 * a + 2], boxes[4 * b + 2]) - Math.max(boxes[4 * a], boxes[4 * b]);
        float width = Math.min(boxes[4 * a + 3], boxes[4 * b + 3]) - Math.max(boxes[4 * a + 1], boxes[4 * b + 1]);
        float common = Math.max(0, width) * Math.max(0, height);
        return common / (area(boxes, a) + area(boxes, b) - common);
    }

    private static float area(float[] boxes, int box) {
        return (boxes[4 * box + 2] - boxes[4 * box]) * (boxes[4 * box + 3] - boxes[4 * box + 1]);
    }

    @Test
    void poolsTheGreatestCellOfEachBin() {
        OperatorCase.of("MaxRoiPool", 1)
                .with("pooled_shape", new long[] {2, 2})
                .data(IMAGE)
                .data(Tensors.floats(new float[] {0, 0, 0, 3, 3, 0, 9, 9, 9, 9}, 2, 5))
                .gives(Tensors.floats(new float[] {5, 7, 13, 15, 0, 0, 0, 0}, 2, 1, 2, 2));
        assertThatThrownBy(() -> OperatorCase.of("MaxRoiPool", 1)
                        .with("pooled_shape", new long[] {2, 2})
                        .data(IMAGE)
                        .data(Tensors.floats(new float[] {1, 0, 0, 3, 3}, 1, 5))
                        .run())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("item 1.0 of a batch of 1");
    }

    private static OperatorCase align(float... region) {
        return OperatorCase.of("RoiAlign", 16)
                .data(IMAGE)
                .data(Tensors.floats(region, 1, 4))
                .data(Tensors.longs(0));
    }

    @Test
    void averagesBetweenTheCells() {
        align(1, 1, 3, 3).with("sampling_ratio", 1).gives(Tensors.floats(new float[] {7.5f}, 1, 1, 1, 1));
        align(1, 1, 1, 1)
                .with("coordinate_transformation_mode", "output_half_pixel")
                .gives(Tensors.floats(new float[] {7.5f}, 1, 1, 1, 1));
        align(1, 1, 1, 1).gives(Tensors.floats(new float[] {0}, 1, 1, 1, 1));
    }

    /** Many regions make it worth while to put the channels side by side, one does not. */
    @Test
    void averagesARegionAmongManyAsItDoesAlone() {
        int channels = 3;
        int cells = 6 * 7;
        int bins = 4;
        int regions = 9;
        Random random = new Random(regions);
        float[] image = random(random, 2 * channels * cells, 9);
        float[] corners = random(random, 4 * regions, 7);
        corners[2] = corners[0] - 1;
        corners[7] = 30;
        long[] items = random.longs(regions, 0, 2).toArray();
        for (int samples : new int[] {0, 2}) {
            float[] all = align(samples, Tensors.floats(image, 2, channels, 6, 7), corners, items);
            for (int region = 0; region < regions; region++) {
                for (int channel = 0; channel < channels; channel++) {
                    int plane = ((int) items[region] * channels + channel) * cells;
                    float[] alone = align(
                            samples,
                            Tensors.floats(Arrays.copyOfRange(image, plane, plane + cells), 1, 1, 6, 7),
                            Arrays.copyOfRange(corners, 4 * region, 4 * region + 4),
                            0);
                    int at = (region * channels + channel) * bins;
                    assertThat(Arrays.copyOfRange(all, at, at + bins)).containsExactly(alone, within(1e-5f));
                }
            }
        }
    }

    private static float[] random(Random random, int count, float bound) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = random.nextFloat(bound);
        }
        return numbers;
    }

    private static float[] align(int samples, Tensor image, float[] corners, long... items) {
        Tensor y = OperatorCase.of("RoiAlign", 16)
                .with("output_height", 2)
                .with("output_width", 2)
                .with("sampling_ratio", samples)
                .data(image)
                .data(Tensors.floats(corners, corners.length / 4, 4))
                .data(Tensors.longs(items))
                .tensors()
                .getFirst();
        return y.segment().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    @Test
    void refusesRegionsThatWouldTakeForEver() {
        for (float end : new float[] {1e9f, Float.POSITIVE_INFINITY, Float.NaN}) {
            assertThatThrownBy(() -> align(0, 0, end, 1).run())
                    .isInstanceOf(ExecutionException.class)
                    .hasMessageContaining("values in a bin");
        }
    }

    @Test
    void refusesRegionsOfItemsThatAreNotThere() {
        assertThatThrownBy(() -> OperatorCase.of("RoiAlign", 16)
                        .data(IMAGE)
                        .data(Tensors.counting(1, 4))
                        .data(Tensors.longs(-1))
                        .run())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("item -1.0 of a batch of 1");
        assertThatThrownBy(() -> align(0, 0, 1, 1).with("mode", "median").run())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("'median'");
    }

    @Test
    void cropsAndResizes() {
        OperatorCase.of("com.microsoft", "CropAndResize", 1)
                .with("extrapolation_value", -1f)
                .data(IMAGE)
                .data(Tensors.floats(new float[] {0, 0, 1, 1, 0, 0.5f, 0, 1.5f}, 2, 4))
                .data(Tensors.ints(0, 0))
                .argument(Tensors.ints(2, 2))
                .gives(Tensors.floats(new float[] {0, 3, 12, 15, 1.5f, -1, 1.5f, -1}, 2, 1, 2, 2));
    }

    @Test
    void computesTheExperimentalOperators() {
        Tensor x = Tensors.floats(new float[] {0, 1}, 1, 2, 1, 1);
        OperatorCase.of("Affine", 1)
                .data(x)
                .with("alpha", 2f)
                .with("beta", 1f)
                .gives(Tensors.floats(new float[] {1, 3}, 1, 2, 1, 1));
        OperatorCase.of("Scale", 1).data(x).with("scale", 3f).gives(Tensors.floats(new float[] {0, 3}, 1, 2, 1, 1));
        OperatorCase.of("ScaledTanh", 1)
                .data(x)
                .with("alpha", 2f)
                .with("beta", 100f)
                .gives(Tensors.floats(new float[] {0, 2}, 1, 2, 1, 1));
        OperatorCase.of("ParametricSoftplus", 1)
                .data(x)
                .with("beta", 200f)
                .gives(Tensors.floats(new float[] {(float) Math.log(2), 200}, 1, 2, 1, 1));
        OperatorCase.of("ImageScaler", 1)
                .data(x)
                .with("scale", 2f)
                .with("bias", new float[] {5f, 7f})
                .gives(Tensors.floats(new float[] {5, 9}, 1, 2, 1, 1));
        OperatorCase.of("Crop", 1)
                .data(IMAGE)
                .with("border", new long[] {1, 2, 0, 0})
                .gives(Tensors.floats(new float[] {9, 10, 11, 13, 14, 15}, 1, 1, 2, 3));
        assertThat(OperatorCase.of("Crop", 1)
                        .data(IMAGE)
                        .with("border", new long[] {1, 2, 0, 0})
                        .with("scale", new long[] {1, 2})
                        .run())
                .containsExactly("FP32[1,1,1,2] [9.0, 10.0]");
    }
}
